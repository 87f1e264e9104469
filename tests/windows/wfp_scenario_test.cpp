#include "tests/scenarios/firewall_scenarios.hpp"
#include "tests/windows/wfp_fixture.hpp"

namespace jitgate::wfp {
namespace {

/// The table of scenarios, judged by the model; tests/netns/scenario_test.cpp plays it with packets.
class Scenarios : public WfpTest, public scenarios::Stage, public ::testing::WithParamInterface<scenarios::Scenario> {
 protected:
  FirewallBackend& backend() override { return *backend_; }
  void restart() override {
    backend_.reset();
    backend_ = make_backend();
  }
  BootTime now() override { return clock_.boot_now(); }
  bool connects(const std::string& from, const TransportPort& to, bool) override { return judged(from, to, false); }
  bool establish(const std::string& from, const TransportPort& to) override { return judged(from, to, false); }
  /// Any of the changes since it was established may have it judged again.
  bool alive(const std::string& from, const TransportPort& to) override { return judged(from, to, true); }

 private:
  bool judged(const std::string& from, const TransportPort& to, bool established) {
    return passes(Knock{.from = from,
                        .transport = to.transport,
                        .number = to.number.value(),
                        .established = established,
                        .loopback = from == "127.0.0.1" || from == "::1"});
  }
};

TEST_P(Scenarios, GiveTheirVerdicts) {
  scenarios::play(GetParam(), *this);
}

INSTANTIATE_TEST_SUITE_P(, Scenarios, ::testing::ValuesIn(scenarios::table()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace jitgate::wfp
