#include "platform/machine_identity.hpp"
#include "platform/management_port.hpp"
#include "platform/windows/registry.hpp"
#include "platform/windows/smbios.hpp"
#include "windows_fixture.hpp"

namespace jitgate::test {
namespace {

/// RawSMBIOSData with a BIOS structure (type 0) and its two strings before the system's (type 1).
std::string table_with(const std::string& uuid) {
  const std::string bios = std::string("\x00\x04\x00\x00", 4) + "Vendor\0001.0" + std::string(2, '\0');
  std::string system = std::string("\x01\x1b\x01\x00\x01\x02\x00\x00", 8) + uuid + std::string(3, '\0');
  return std::string(8, '\x01') + bios + system + "Name" + std::string(2, '\0');
}

TEST(HardwareUuid, IsThatOfTheSystemInformation) {
  EXPECT_EQ(hardware_uuid(table_with("\x01\x23\x45\x67\x89\xab\xcd\xefzyxwvuts")), "0123456789abcdef7a79787776757473");
}

TEST(HardwareUuid, NoneIsNone) {
  EXPECT_EQ(hardware_uuid(table_with(std::string(16, '\0'))), "");
  EXPECT_EQ(hardware_uuid(table_with(std::string(16, '\xff'))), "");
  EXPECT_EQ(hardware_uuid(""), "");
}

TEST(HardwareUuid, ATableThatIsCutOffHasNone) {
  const std::string whole = table_with("0123456789abcdef");
  const std::string uuid = hardware_uuid(whole);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string found = hardware_uuid(std::string_view(whole).substr(0, size));
    EXPECT_TRUE(found.empty() || found == uuid) << size;
  }
}

TEST(WindowsIdentity, AHostHasOneId) {
  const auto id = default_host_id();
  ASSERT_TRUE(succeeds(id));
  EXPECT_EQ(id->size(), 32U);
  EXPECT_EQ(id->find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(default_host_id().value(), *id);
  const auto guid = registry_text(R"(SOFTWARE\Microsoft\Cryptography)", "MachineGuid");
  ASSERT_TRUE(guid);
  EXPECT_EQ(id->find(guid->substr(0, 8)), std::string::npos) << "the machine's own id is never shown";
}

TEST(WindowsIdentity, TheFingerprintStays) {
  EXPECT_EQ(machine_fingerprint().size(), 64U);
  EXPECT_EQ(machine_fingerprint(), machine_fingerprint());
}

TEST(WindowsIdentity, AMachineIsManagedByRemoteDesktop) {
  const auto set =
      registry_number(R"(SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp)", "PortNumber");
  EXPECT_EQ(management_port().value(), set.value_or(3389));
}

TEST(Registry, WhatIsNotThereIsNothing) {
  EXPECT_FALSE(registry_text(R"(SOFTWARE\jitgate-none)", "Value"));
  EXPECT_FALSE(registry_number(R"(SOFTWARE\Microsoft\Cryptography)", "MachineGuid")) << "text is no number";
}

}  // namespace
}  // namespace jitgate::test
