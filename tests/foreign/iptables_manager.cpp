#include "tests/foreign/iptables_manager.hpp"

#include <sstream>
#include <utility>

#include "tests/foreign/listing.hpp"

namespace jitgate::netns {
namespace {

struct Family {
  std::string command;
  std::string set_family;
  std::string set;
  std::string source;
  std::string icmp;
};

std::string list(const std::vector<int>& ports) {
  std::string all;
  for (const int port : ports) all += (all.empty() ? "" : ",") + std::to_string(port);
  return all;
}

/// In the form in which both iptables and iptables-restore take them.
std::vector<std::string> rules_of(const Family& family, const Admission& admission) {
  std::vector<std::string> rules{
      "-A INPUT -i lo -j ACCEPT",
      "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
      "-A INPUT -m conntrack --ctstate INVALID -j DROP",
      "-A INPUT -p " + family.icmp + " -m limit --limit 1000/sec -j ACCEPT",
      "-A INPUT -j admins",
  };
  for (const char* protocol : {"tcp", "udp"}) {
    rules.push_back("-A admins -p " + std::string(protocol) + " -m set --match-set " + family.set +
                    " src -m multiport --dports " + list(admission.ports) +
                    " -m comment --comment administrators -j ACCEPT");
  }
  rules.emplace_back("-A admins -j RETURN");
  return rules;
}

class IptablesManager : public Manager {
 public:
  void reload() override { start(); }
  void stop() override {
    for (const auto& family : families_) {
      for (const char* arguments : {"-P INPUT ACCEPT", "-F", "-X"}) run(family.command, arguments);
      host().check({"ipset", "destroy", family.set});
    }
  }
  [[nodiscard]] std::string listing() const override { return nft_listing(host()) + iptables_listing(host()); }
  [[nodiscard]] std::string accepting_chain() const override { return "ip filter INPUT"; }
  void admit(const std::string& address) override {
    run(command_for(address), "-A INPUT -s " + address + " -p tcp --dport 22 -j ACCEPT");
  }
  bool ban(const std::string& address) override {
    run(command_for(address), "-I INPUT -s " + address + " -j DROP");
    return true;
  }

 protected:
  IptablesManager(const Host& host, const Admission& admission)
      : Manager(host),
        families_{{"iptables", "inet", "admins4", admission.ipv4, "icmp"},
                  {"ip6tables", "inet6", "admins6", admission.ipv6, "ipv6-icmp"}} {}
  [[nodiscard]] const std::vector<Family>& families() const { return families_; }
  void make_set(const Family& family) const {
    host().check({"ipset", "-exist", "create", family.set, "hash:net", "family", family.set_family});
    host().check({"ipset", "-exist", "add", family.set, family.source});
  }
  void run(const std::string& command, const std::string& arguments) const {
    std::vector<std::string> words{command};
    std::istringstream text(arguments);
    for (std::string word; text >> word;) words.push_back(word);
    host().check(words);
  }

 private:
  static std::string command_for(const std::string& address) {
    return address.find(':') == std::string::npos ? "iptables" : "ip6tables";
  }
  std::vector<Family> families_;
};

class IptablesScript final : public IptablesManager {
 public:
  IptablesScript(const Host& host, Admission admission)
      : IptablesManager(host, admission), admission_(std::move(admission)) {}
  void start() override {
    for (const auto& family : families()) {
      make_set(family);
      for (const char* arguments : {"-P INPUT DROP", "-F", "-X", "-N admins"}) run(family.command, arguments);
      for (const auto& rule : rules_of(family, admission_)) run(family.command, rule);
    }
  }

 private:
  Admission admission_;
};

class IptablesRestore final : public IptablesManager {
 public:
  IptablesRestore(const Host& host, const Admission& admission) : IptablesManager(host, admission) {
    for (const auto& family : families()) {
      std::string text = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:admins - [0:0]\n";
      for (const auto& rule : rules_of(family, admission)) text += rule + "\n";
      write_text(file(family), text + "COMMIT\n");
    }
  }
  void start() override {
    for (const auto& family : families()) {
      make_set(family);
      host().check({family.command + "-restore", file(family)});
    }
  }

 private:
  [[nodiscard]] std::string file(const Family& family) const { return scratch().file(family.command + ".rules"); }
};

}  // namespace

std::unique_ptr<Manager> make_iptables_script(const Host& host, const Admission& admission) {
  return std::make_unique<IptablesScript>(host, admission);
}

std::unique_ptr<Manager> make_iptables_restore(const Host& host, const Admission& admission) {
  return std::make_unique<IptablesRestore>(host, admission);
}

}  // namespace jitgate::netns
