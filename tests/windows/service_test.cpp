#include <gtest/gtest.h>

#include "platform/windows/event_log.hpp"
#include "platform/windows/registry.hpp"
#include "platform/windows/service_process.hpp"
#include "platform/windows/service_setup.hpp"

namespace jitgate {
namespace {

constexpr const char* kService = R"(SYSTEM\CurrentControlSet\Services\jitgate)";
constexpr const char* kEventSource = R"(SYSTEM\CurrentControlSet\Services\EventLog\Application\jitgate)";

Result<void> nothing_to_release() {
  return {};
}

class Service : public testing::Test {
 protected:
  void TearDown() override { static_cast<void>(uninstall_service(nothing_to_release)); }
};

TEST_F(Service, IsInstalledForEveryStartOfWindows) {
  const auto installed = install_service({R"(C:\Program Files\jitgate\jitgated.exe)", R"(C:\jit gate.yaml)"});
  ASSERT_TRUE(installed) << describe(installed.error());
  EXPECT_EQ(registry_number(kService, "Start"), 2u) << "SERVICE_AUTO_START";
  EXPECT_EQ(registry_text(kService, "ObjectName"), "LocalSystem");
  EXPECT_EQ(registry_number(kEventSource, "TypesSupported"), 7u);
}

TEST_F(Service, InstalledAgainIsBroughtUpToDate) {
  ASSERT_TRUE(install_service({R"(C:\old.exe)", R"(C:\old.yaml)"}));
  ASSERT_TRUE(install_service({R"(C:\new.exe)", R"(C:\new.yaml)"}));
  EXPECT_EQ(registry_number(kService, "Start"), 2u);
}

TEST_F(Service, UninstalledLeavesNothing) {
  ASSERT_TRUE(install_service({R"(C:\jitgated.exe)", R"(C:\jitgate.yaml)"}));
  ASSERT_TRUE(uninstall_service(nothing_to_release));
  EXPECT_FALSE(registry_number(kService, "Start"));
  EXPECT_FALSE(registry_number(kEventSource, "TypesSupported"));
  EXPECT_TRUE(uninstall_service(nothing_to_release)) << "what is not there is gone";
}

TEST_F(Service, StaysWhereItsLocksCannotBeTakenAway) {
  ASSERT_TRUE(install_service({R"(C:\jitgated.exe)", R"(C:\jitgate.yaml)"}));
  EXPECT_FALSE(uninstall_service([] { return Result<void>(error(errc::firewall_failed, "no")); }));
  EXPECT_EQ(registry_number(kService, "Start"), 2u);
}

TEST(ServiceProcess, NeedsTheServiceManager) {
  const auto ran = ServiceProcess::run([](ServiceProcess&) { return 0; });
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().code, errc::unavailable) << describe(ran.error());
}

TEST(EventLog, TakesMessagesAndAuditRecords) {
  EventLog log;
  EXPECT_TRUE(log.report(EventSeverity::warning, "100% of it"));
  EXPECT_TRUE(log.report_audit(EventSeverity::information, "request.create Succeeded", "JITGATE_EVENT=request\r\n"));
  const auto refused = log.report(EventSeverity::error, std::string(40'000, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid_argument);
}

}  // namespace
}  // namespace jitgate
