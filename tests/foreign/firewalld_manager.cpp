#include "tests/foreign/firewalld_manager.hpp"

#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "tests/netns/probe.hpp"

namespace jitgate::netns {
namespace {

constexpr std::chrono::seconds kPatienceWithPython{30};

/// A zone that lets in by rich rules what is admitted, and nothing else.
std::string zone_of(const Admission& admission) {
  std::string rules;
  const auto allow = [&](const char* family, const std::string& source) {
    for (const int port : admission.ports) {
      for (const char* protocol : {"tcp", "udp"}) {
        rules += "<rule family=\"" + std::string(family) + "\"><source address=\"" + source + "\"/><port port=\"" +
                 std::to_string(port) + "\" protocol=\"" + protocol + "\"/><accept/></rule>\n";
      }
    }
  };
  allow("ipv4", admission.ipv4);
  allow("ipv6", admission.ipv6);
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<zone><short>Public</short>\n" + rules + "</zone>\n";
}

class Firewalld final : public Manager {
 public:
  Firewalld(const Host& host, const Admission& admission) : Manager(host), last_rule_(admission.ipv6) {
    std::filesystem::create_directories(settings_ + "/zones");
    // Versions before 2.1 own no table, and do not know the last one.
    write_text(settings_ + "/firewalld.conf",
               "DefaultZone=public\nFirewallBackend=nftables\nCleanupOnExit=yes\nIPv6_rpfilter=yes\nLogDenied=off\n"
               "NftablesTableOwner=no\n");
    write_text(settings_ + "/zones/public.xml", zone_of(admission));
    write_text(scratch().file("bus.conf"),
               "<busconfig><type>system</type><listen>" + address_ +
                   "</listen><auth>EXTERNAL</auth><policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/>"
                   "<allow send_destination=\"*\"/><allow receive_sender=\"*\"/></policy></busconfig>");
    bus_ =
        std::make_unique<Process>(std::vector<std::string>{"dbus-daemon", "--config-file=" + scratch().file("bus.conf"),
                                                           "--nofork", "--nopidfile"},
                                  Surroundings{host}, scratch().file("bus.log"));
    wait_until("the message bus", [&] { return std::filesystem::exists(scratch().file("bus")); });
  }
  ~Firewalld() override {
    daemon_.reset();
    bus_.reset();
  }
  void start() override {
    daemon_ = std::make_unique<Process>(
        std::vector<std::string>{"firewalld", "--nofork", "--nopid", "--system-config", settings_, "--log-target",
                                 "file", "--log-file", scratch().file("firewalld.log")},
        Surroundings{host(), nullptr, {"DBUS_SYSTEM_BUS_ADDRESS=" + address_}}, scratch().file("firewalld.log"));
    // It calls itself active before its rules exist.
    wait_until("firewalld", [&] {
      return host().exec({"nft", "list", "table", "inet", "firewalld"}).out.find(last_rule_) != std::string::npos &&
             command("--state").status == 0;
    });
  }
  void reload() override { run("--reload"); }
  void stop() override {
    daemon_->signal(SIGTERM);
    if (!daemon_->wait(kPatienceWithPython)) throw std::runtime_error("firewalld does not end:\n" + log());
  }

  [[nodiscard]] std::string accepting_chain() const override { return "inet firewalld filter_INPUT"; }
  void admit(const std::string& address) override {
    const std::string family = address.find(':') == std::string::npos ? "ipv4" : "ipv6";
    run("--add-rich-rule=rule family=" + family + " source address=" + address + " port port=22 protocol=tcp accept");
  }

 private:
  void run(const std::string& option) const {
    const auto result = command(option);
    if (result.status != 0) throw std::runtime_error("firewall-cmd " + option + ": " + result.err + log());
  }
  [[nodiscard]] ExecResult command(const std::string& option) const {
    return host().exec({"env", "DBUS_SYSTEM_BUS_ADDRESS=" + address_, "firewall-cmd", option});
  }
  [[nodiscard]] std::string log() const { return read_text(scratch().file("firewalld.log")); }
  void wait_until(const std::string& what, const std::function<bool()>& condition) const {
    if (!eventually(condition, kPatienceWithPython)) throw std::runtime_error(what + " does not start:\n" + log());
  }

  std::string settings_ = scratch().file("firewalld");
  std::string address_ = "unix:path=" + scratch().file("bus");
  std::string last_rule_;
  std::unique_ptr<Process> bus_;
  std::unique_ptr<Process> daemon_;
};

}  // namespace

std::unique_ptr<Manager> make_firewalld(const Host& host, const Admission& admission) {
  return std::make_unique<Firewalld>(host, admission);
}

}  // namespace jitgate::netns
