#pragma once

#include <string>
#include <string_view>

namespace jitgate {

/// The machine's SMBIOS table as GetSystemFirmwareTable('RSMB') returns it (RawSMBIOSData: 8 bytes, then the
/// structures); empty where there is none.
[[nodiscard]] std::string firmware_table();

/// The UUID of its System Information (type 1; SMBIOS Reference Specification, DSP0134, 7.2), as 32 hexadecimal digits
/// in the order of its bytes. Empty: the table is cut off, or has none (all bits set or none: "not present").
[[nodiscard]] std::string hardware_uuid(std::string_view table);

}  // namespace jitgate
