#include "platform/windows/account.hpp"

#include <sddl.h>

#include <cstring>
#include <memory>

#include "platform/windows/wide_text.hpp"

namespace jitgate {
namespace {

using LocalMemory = std::unique_ptr<void, decltype(&::LocalFree)>;

std::optional<Sid> parse_sid(const std::wstring& text) {
  PSID parsed = nullptr;
  if (::ConvertStringSidToSidW(text.c_str(), &parsed) == FALSE) return std::nullopt;
  const LocalMemory owner(parsed, &::LocalFree);
  return Sid(parsed);
}

}  // namespace

Sid::Sid(PSID copied) : bytes_(::GetLengthSid(copied)) {
  std::memcpy(bytes_.data(), copied, bytes_.size());
}

std::optional<Sid> Sid::of(const std::string& name) {
  const std::wstring wide = wide_text(name);
  if (name.starts_with("S-1-")) return parse_sid(wide);
  DWORD size = 0;
  DWORD domain_size = 0;
  SID_NAME_USE use{};
  ::LookupAccountNameW(nullptr, wide.c_str(), nullptr, &size, nullptr, &domain_size, &use);
  if (size == 0) return std::nullopt;
  std::vector<std::byte> space(size);
  std::wstring domain(domain_size, L'\0');
  if (::LookupAccountNameW(nullptr, wide.c_str(), space.data(), &size, domain.data(), &domain_size, &use) == FALSE)
    return std::nullopt;
  return Sid(space.data());
}

Sid Sid::well_known(WELL_KNOWN_SID_TYPE type) {
  alignas(SID) std::byte space[SECURITY_MAX_SID_SIZE] = {};
  DWORD size = sizeof space;
  ::CreateWellKnownSid(type, nullptr, space, &size);
  return Sid(space);
}

std::string Sid::text() const {
  wchar_t* text = nullptr;
  if (::ConvertSidToStringSidW(get(), &text) == FALSE) return {};
  const LocalMemory owner(text, &::LocalFree);
  return utf8_text(text);
}

std::string Sid::name() const {
  constexpr DWORD kSpace = 512;  // names and domains are shorter by far (UNLEN, DNLEN: 256)
  wchar_t name[kSpace];
  wchar_t domain[kSpace];
  DWORD name_size = kSpace;
  DWORD domain_size = kSpace;
  SID_NAME_USE use{};
  if (::LookupAccountSidW(nullptr, get(), name, &name_size, domain, &domain_size, &use) == FALSE) return text();
  return utf8_text(domain) + "\\" + utf8_text(name);
}

bool Sid::is(WELL_KNOWN_SID_TYPE type) const {
  return ::IsWellKnownSid(get(), type) != FALSE;
}

}  // namespace jitgate
