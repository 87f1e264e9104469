#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace jitgate::netns {

/// A packet as the rules of a RandomRuleset see it.
struct JudgedPacket {
  bool ipv6 = false;
  std::string source;
  int port = 0;
  bool established = false;
};

/// A firewall of somebody else, made up at random: tables of all families, base chains on the input hook of any
/// priority and policy, jumps, gotos, returns, sets and verdict maps. It can be written down for nft, and evaluated.
class RandomRuleset {
 public:
  /// Sources and ports that its rules pick from.
  struct Vocabulary {
    std::vector<std::string> ipv4;
    std::vector<std::string> ipv6;
    std::vector<int> ports;
  };
  RandomRuleset(std::mt19937& random, const Vocabulary& vocabulary);

  /// For `nft -f`.
  [[nodiscard]] std::string text() const;

  struct Judgement {
    bool dropped = false;   ///< some chain drops it
    bool accepted = false;  ///< some chain accepts it by an explicit rule, where that can be noticed: not behind a goto
                            ///< in a base chain, nor in a verdict map of a base chain that may also return or goto
  };
  [[nodiscard]] Judgement judge(const JudgedPacket& packet) const;

 private:
  enum class Action { next, accept, drop, back, jump, go };
  struct Verdict {
    Action action = Action::next;
    std::size_t chain = 0;  ///< of jump and go: index into Table::chains
  };
  struct Rule {
    std::optional<std::string> source;
    std::vector<int> ports;  ///< one: compared; more: a set; none: every port
    bool established = false;
    std::vector<std::pair<int, Verdict>> map;  ///< by port; empty: `verdict`
    Verdict verdict;
  };
  struct Chain {
    std::string name;
    std::optional<int> priority;  ///< of a base chain
    bool drops = false;
    std::vector<Rule> rules;
  };
  struct Table {
    std::string family;
    std::string name;
    std::vector<Chain> chains;  ///< each leads to later ones only
  };
  struct Outcome {
    Action action = Action::next;
    bool hidden = false;  ///< an accept that cannot be noticed
  };

  [[nodiscard]] Table make_table(int number) const;
  [[nodiscard]] Rule make_rule(const Table& table, std::size_t chain) const;
  [[nodiscard]] Verdict make_verdict(const Table& table, std::size_t chain) const;
  [[nodiscard]] int pick(int below) const { return std::uniform_int_distribution(0, below - 1)(random_); }
  [[nodiscard]] bool chance(int percent) const { return pick(100) < percent; }
  [[nodiscard]] static std::string text(const Table& table, const Verdict& verdict);
  [[nodiscard]] static std::string text(const Table& table, const Rule& rule);
  [[nodiscard]] static Verdict verdict_of(const Rule& rule, const JudgedPacket& packet);
  [[nodiscard]] static bool leaves(const Rule& rule);
  [[nodiscard]] static Outcome walk(const Table& table, std::size_t chain, const JudgedPacket& packet, bool base);

  std::mt19937& random_;
  const Vocabulary& vocabulary_;
  std::vector<Table> tables_;
};

}  // namespace jitgate::netns
