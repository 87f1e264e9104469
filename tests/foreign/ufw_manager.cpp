#include "tests/foreign/ufw_manager.hpp"

#include <unistd.h>

#include <filesystem>
#include <regex>

#include "tests/foreign/listing.hpp"

namespace jitgate::netns {
namespace {

class Ufw final : public Manager {
 public:
  Ufw(const Host& host, const Admission& admission) : Manager(host) {
    const auto files = scratch().file("ufw");
    std::filesystem::copy(kFiles, files, std::filesystem::copy_options::recursive);
    // Its sysctls are the host's own business.
    const auto defaults = std::regex_replace(read_text(kDefaults), std::regex("IPT_SYSCTL=[^\n]*"), "IPT_SYSCTL=");
    write_text(scratch().file("default"), defaults);
    mounts_.bind(files, kFiles);
    mounts_.bind(scratch().file("default"), kDefaults);
    mounts_.mount_tmpfs("/run", "mode=0755");
    for (const auto& source : {admission.ipv4, admission.ipv6}) {
      for (const char* protocol : {"tcp", "udp"}) {
        run({"allow", "proto", protocol, "from", source, "to", "any", "port", list(admission.ports)});
      }
    }
  }
  void start() override { run({"--force", "enable"}); }
  void reload() override { run({"reload"}); }
  void stop() override { run({"--force", "disable"}); }
  [[nodiscard]] std::string accepting_chain() const override { return "ip filter INPUT"; }
  void admit(const std::string& address) override {
    run({"allow", "proto", "tcp", "from", address, "to", "any", "port", "22"});
  }
  [[nodiscard]] std::string listing() const override { return nft_listing(host()) + iptables_listing(host()); }

 private:
  static constexpr const char* kFiles = "/etc/ufw";
  static constexpr const char* kDefaults = "/etc/default/ufw";

  static std::string list(const std::vector<int>& ports) {
    std::string all;
    for (const int port : ports) all += (all.empty() ? "" : ",") + std::to_string(port);
    return all;
  }
  void run(const std::vector<std::string>& arguments) const {
    const auto mounts = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(mounts_.fd());
    std::vector<std::string> command{"nsenter", "--mount=" + mounts, "ufw"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    host().check(command);
  }
  MountNamespace mounts_;
};

}  // namespace

std::unique_ptr<Manager> make_ufw(const Host& host, const Admission& admission) {
  return std::make_unique<Ufw>(host, admission);
}

}  // namespace jitgate::netns
