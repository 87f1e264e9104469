#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/model/digest.hpp"

namespace jitgate {

/// Which grant sources hold which live grants, and under which keys. A grant is held by a source for as long as the
/// source has it under some key; a grant that nobody holds any more is withdrawn.
class SourceClaims {
 public:
  /// By id: the sources that hold the grant. Their keys are not known before their next snapshots.
  explicit SourceClaims(std::map<std::string, std::set<std::string>> holders = {}) : holders_(std::move(holders)) {}

  [[nodiscard]] bool holds(const std::string& source, const std::string& id) const;
  /// Some source that is not among these holds it.
  [[nodiscard]] bool held_beside(const std::set<std::string>& sources, const std::string& id) const;
  void add(const std::string& source, const std::string& id) { holders_[id].insert(source); }
  /// True: nobody holds it any more.
  bool remove(const std::string& source, const std::string& id);
  /// By id: the sources that hold it.
  [[nodiscard]] const std::map<std::string, std::set<std::string>>& all() const { return holders_; }

  /// What a source has under a key; no id: a revocation, which holds nothing.
  struct Entry {
    std::string id;
    Digest digest;
    bool judge_again = false;  ///< although its bytes may be the same
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  [[nodiscard]] const Entry* find(const std::string& source, const std::string& key) const;
  void put(const std::string& source, const std::string& key, Entry entry);
  void take(const std::string& source, const std::string& key);
  /// A snapshot has these keys and no others.
  void keep_only(const std::string& source, const std::set<std::string>& keys);
  /// Every document of the source is to be judged as if it were new; until then it holds what it held.
  void judge_again(const std::string& source);
  /// Takes away holders that are not among these, where one of these is left: which grants had another holder.
  std::map<std::string, std::set<std::string>> drop_others_than(const std::set<std::string>& sources);
  /// What the source holds and has under no key: it holds it no more.
  [[nodiscard]] std::vector<std::string> without_key(const std::string& source) const;
  [[nodiscard]] bool has_key(const std::string& source, const std::string& id) const;

 private:
  struct Keys {
    std::map<std::string, Entry> entries;
    std::map<std::string, std::size_t> count;  ///< of the keys, by id
  };
  static void drop(Keys& keys, std::map<std::string, Entry>::iterator entry);

  std::map<std::string, std::set<std::string>> holders_;
  std::map<std::string, Keys> keys_;  ///< by source
};

}  // namespace jitgate
