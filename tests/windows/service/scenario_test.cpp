// service_scenarios.exe: the table of scenarios by way of the service: a configuration that it reads, requests and
// revocations of jitgate.exe over the pipe, and the verdicts of the model. For tests/windows/service/run, which has
// installed and started it.

// Before anything that could bring in the older winsock.h.
#include <windows.h>
#include <winsock2.h>

#include <boost/json/parse.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "tests/scenarios/firewall_scenarios.hpp"
#include "tests/windows/wfp_fixture.hpp"

namespace jitgate::scenarios {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* kConfiguration = R"(C:\ProgramData\jitgate\jitgate.yaml)";
constexpr auto kPatience = 60s;
/// The shortest that is sure to be a grant when its request has been answered.
constexpr const char* kShort = "5s";

/// What it prints, in both streams.
std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, decltype(&_pclose)> pipe(_popen((command + " 2>&1").c_str(), "rb"), &_pclose);
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::string text;
  char space[512];
  for (std::size_t size = 0; (size = std::fread(space, 1, sizeof space, pipe.get())) > 0;) text.append(space, size);
  return text;
}

std::string jitgate(const std::string& arguments) {
  return output_of(R"(C:\jitgate\jitgate.exe --json )" + arguments);
}

std::string protocol_of(Transport transport) {
  return transport == Transport::tcp ? "TCP" : "UDP";
}

std::string configuration_of(const Lock& lock) {
  std::ostringstream text;
  text << "version: 1\nhost: {id: wine}\nmode: " << (lock.deny == DenyAction::audit ? "audit" : "enforce")
       << "\nlimits: {minimumPrefixLength: {ipv4: 1, ipv6: 1}, requestsPerMinute: 1000000, requestBurst: 1000000}\n"
       << "policy:\n  alwaysAllow: [";
  for (std::size_t i = 0; i < lock.always_allow.size(); ++i)
    text << (i > 0 ? ", " : "") << '"' << lock.always_allow[i].to_string() << '"';
  text << "]\n  ports:" << (lock.ports.empty() ? " []" : "") << '\n';
  for (const TransportPort& port : lock.ports)
    text << "    - {number: " << port.number.value() << ", protocol: " << protocol_of(port.transport)
         << ", allowedSourceAddressPrefix: \"*\", maxRequestAccessDuration: PT3H}\n";
  return text.str();
}

/// The service has this lock, and says that it stands.
bool stands(const Lock& lock) {
  boost::system::error_code failed;
  const json::value status = json::parse(jitgate("status"), failed);
  if (failed || !status.is_object() || status.at("inSync") != true) return false;
  if ((status.at("mode") == "audit") != (lock.deny == DenyAction::audit)) return false;
  std::set<std::int64_t> numbers;
  for (const json::value& port : status.at("ports").as_array()) numbers.insert(port.at("number").as_int64());
  std::set<std::int64_t> wanted;
  for (const TransportPort& port : lock.ports) wanted.insert(port.number.value());
  return numbers == wanted;
}

/// Nobody may have the whole of a family in one grant: it is the two halves of it.
std::vector<std::string> sources_of(const AddressPrefix& source) {
  if (source.length() > 0) return {source.to_string()};
  if (source.family() == Family::ipv4) return {"0.0.0.0/1", "128.0.0.0/1"};
  return {"::/1", "8000::/1"};
}

/// Does by way of the service what a backend does by itself.
class Service final : public FirewallBackend {
 public:
  explicit Service(const Clock& clock) : clock_(clock) {}

  Result<void> commit(const FirewallTransaction& transaction) override {
    asked_ = clock_.boot_now();
    return std::visit([&](const auto& one) { return apply(one); }, transaction);
  }
  Result<ObservedTable> read() override { return error(errc::not_supported, "ask the service"); }
  Result<std::optional<Duration>> query(const AllowKey&) override {
    return error(errc::not_supported, "ask the service");
  }
  Result<DenyCounter> denied() override { return error(errc::not_supported, "ask the service"); }
  void watch(std::function<void(std::string)>) override {}
  void drain_events() override {}
  std::string name() const override { return "service"; }

  [[nodiscard]] static Result<void> await(const Lock& lock) {
    const auto last = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < last) {
      if (stands(lock)) return {};
      std::this_thread::sleep_for(100ms);
    }
    return error(errc::unavailable, "the service does not get there: " + jitgate("status"));
  }

 private:
  Result<void> apply(const ReplaceTable& table) {
    for (const auto& [key, ids] : grants_) revoke(ids);
    grants_.clear();
    std::ofstream(kConfiguration, std::ios::binary | std::ios::trunc) << configuration_of(table.lock);
    output_of(R"(C:\tools\control.exe jitgate 128)");
    if (std::exchange(disabled_, false)) jitgate("enable");
    if (const auto there = await(table.lock); !there) return there;
    return open(table.entries);
  }

  Result<void> apply(const ChangeEntries& change) {
    for (const AllowKey& key : change.close) revoke(std::exchange(grants_[key], {}));
    return open(change.put);
  }

  Result<void> apply(const RemoveTable&) {
    jitgate("disable");
    disabled_ = true;
    return {};
  }

  Result<void> open(const std::vector<AllowEntry>& entries) {
    for (const AllowEntry& entry : entries)
      for (const std::string& source : sources_of(entry.key.source))
        if (const auto opened = request(entry, source); !opened) return opened;
    return {};
  }

  Result<void> request(const AllowEntry& entry, const std::string& source) {
    const Duration lasts = entry.closes_at - asked_;
    const bool over = lasts <= Duration::zero();
    const std::string time = over          ? "--until 2020-01-01T00:00:00Z"
                             : lasts < 10s ? std::string("--duration ") + kShort
                                           : "--duration 1h";
    const std::string reply = jitgate("request --port " + std::to_string(entry.key.port.number.value()) + "/" +
                                      protocol_of(entry.key.port.transport) + " --source " + source + " " + time);
    boost::system::error_code failed;
    const json::value receipt = json::parse(reply, failed);
    const bool granted = !failed && receipt.is_object() && receipt.as_object().contains("id");
    if (granted == over) return error(errc::refused, reply, source);
    if (granted) grants_[entry.key].emplace_back(receipt.at("id").as_string());
    return {};
  }

  /// One that has ended already is left as it is.
  static void revoke(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) jitgate("revoke " + id);
  }

  const Clock& clock_;
  BootTime asked_{};  ///< when the step began, however long a reload takes
  std::map<AllowKey, std::vector<std::string>> grants_;
  bool disabled_ = false;
};

class ServiceScenarios : public testing::TestWithParam<Scenario>, public Stage {
 protected:
  ServiceScenarios() { service_.commit(ReplaceTable{}).value(); }
  ~ServiceScenarios() override { static_cast<void>(service_.commit(ReplaceTable{})); }
  ServiceScenarios(const ServiceScenarios&) = delete;
  ServiceScenarios& operator=(const ServiceScenarios&) = delete;

  FirewallBackend& backend() override { return service_; }
  /// Killed; the manager under Wine does not notice, and believes it when it is told to start it.
  void restart() override {
    output_of("taskkill /F /IM jitgated.exe");
    output_of("sc start jitgate");
    const auto last = std::chrono::steady_clock::now() + kPatience;
    while (jitgate("status").find("\"inSync\":true") == std::string::npos && std::chrono::steady_clock::now() < last)
      std::this_thread::sleep_for(100ms);
  }
  BootTime now() override { return clock_.boot_now(); }
  bool connects(const std::string& from, const TransportPort& to, bool expected) override {
    const bool made = judged(from, to, false);
    // Whoever asks the model all the time keeps the service from it: it has one lock for all processes.
    if (made && !expected) std::this_thread::sleep_for(500ms);
    return made;
  }
  bool establish(const std::string& from, const TransportPort& to) override { return judged(from, to, false); }
  bool alive(const std::string& from, const TransportPort& to) override { return judged(from, to, true); }

 private:
  bool judged(const std::string& from, const TransportPort& to, bool established) const {
    return wfp::passes(model_, {.from = from,
                                .transport = to.transport,
                                .number = to.number.value(),
                                .established = established,
                                .loopback = from == "127.0.0.1" || from == "::1"});
  }

  wfp::MovableClock clock_;
  wfp::Model model_;
  Service service_{clock_};
};

TEST_P(ServiceScenarios, GiveTheirVerdicts) {
  play(GetParam(), *this);
}

INSTANTIATE_TEST_SUITE_P(, ServiceScenarios, ::testing::ValuesIn(table()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace jitgate::scenarios
