#include "platform/windows/installed_products.hpp"

// Before anything that it needs.
#include <windows.h>

#include <msi.h>

#include <algorithm>
#include <array>

#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

constexpr const wchar_t* kUpgradeCode = L"{6A697467-6174-4510-8F2B-510C7E93D416}";  // packaging/windows/jitgate.wxs
constexpr std::size_t kCodeLength = 38;

bool same_code(const std::string& left, const std::string& right) {
  return ::CompareStringOrdinal(wide_text(left).c_str(), -1, wide_text(right).c_str(), -1, TRUE) == CSTR_EQUAL;
}

}  // namespace

Result<std::vector<std::string>> installed_products() {
  std::vector<std::string> products;
  for (DWORD index = 0;; ++index) {
    std::array<wchar_t, kCodeLength + 1> code{};
    const UINT outcome = ::MsiEnumRelatedProductsW(kUpgradeCode, 0, index, code.data());
    if (outcome == ERROR_NO_MORE_ITEMS) return products;
    if (outcome != ERROR_SUCCESS) return windows_error(outcome, "cannot ask which versions are installed");
    products.push_back(utf8_text(code.data()));
  }
}

Result<bool> is_superseded(const std::string& product) {
  const auto products = installed_products();
  if (!products) return products.error();
  return std::ranges::any_of(*products, [&](const std::string& one) { return !same_code(one, product); });
}

}  // namespace jitgate
