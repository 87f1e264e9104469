#include "platform/windows/smbios.hpp"

#include <windows.h>

namespace jitgate {
namespace {

constexpr std::size_t kRawHeader = 8;
constexpr std::size_t kStructureHeader = 4;
constexpr char kSystemInformation = 1;
constexpr std::size_t kUuidAt = 8;
constexpr std::size_t kUuidSize = 16;

/// The strings behind a structure end with two zeros.
std::size_t end_of_strings(std::string_view table, std::size_t from) {
  const std::size_t end = table.find(std::string_view("\0\0", 2), from);
  return end == std::string_view::npos ? table.size() : end + 2;
}

std::string uuid_of(std::string_view structure) {
  if (structure.size() < kUuidAt + kUuidSize) return {};
  const std::string_view uuid = structure.substr(kUuidAt, kUuidSize);
  const bool absent = uuid.find_first_not_of('\0') == std::string_view::npos ||
                      uuid.find_first_not_of('\xff') == std::string_view::npos;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : uuid) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return absent ? std::string() : text;
}

}  // namespace

std::string firmware_table() {
  constexpr DWORD kSmbios = 0x52534D42;  // 'RSMB'
  std::string table(::GetSystemFirmwareTable(kSmbios, 0, nullptr, 0), '\0');
  const UINT size = ::GetSystemFirmwareTable(kSmbios, 0, table.data(), static_cast<DWORD>(table.size()));
  if (size > table.size()) return {};
  table.resize(size);
  return table;
}

std::string hardware_uuid(std::string_view table) {
  std::size_t at = kRawHeader;
  while (at + kStructureHeader <= table.size()) {
    const auto length = static_cast<unsigned char>(table[at + 1]);
    if (length < kStructureHeader || at + length > table.size()) return {};
    if (table[at] == kSystemInformation) return uuid_of(table.substr(at, length));
    at = end_of_strings(table, at + length);
  }
  return {};
}

}  // namespace jitgate
