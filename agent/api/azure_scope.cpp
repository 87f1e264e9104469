#include "agent/api/azure_scope.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace jitgate {
namespace {

/// The longest name that ARM has: of a resource group.
constexpr std::size_t kMaxName = 90;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// "West Europe" is "westeurope".
std::string normalized_location(std::string_view text) {
  std::string location;
  for (const char c : text) {
    if (c != ' ') location += lower(c);
  }
  return location;
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return segments;
}

}  // namespace

bool azure_equal(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string AzureScope::policy_id(std::string_view name) const {
  return "/subscriptions/" + subscription + "/resourceGroups/" + resource_group +
         "/providers/Microsoft.Security/locations/" + location + "/jitNetworkAccessPolicies/" + std::string(name);
}

std::string AzureScope::machine_id(std::string_view host) const {
  return "/subscriptions/" + subscription + "/resourceGroups/" + resource_group +
         "/providers/Microsoft.Compute/virtualMachines/" + std::string(host);
}

Result<AzurePath> parse_azure_path(std::span<const std::string> segments) {
  AzurePath path;
  const auto take = [](const std::string& value, std::string& into, const char* what) -> Result<void> {
    if (value.size() > kMaxName) return error(errc::invalid_argument, "is longer than 90 bytes", what);
    into = value;
    return {};
  };
  // Keys and values alternate; "providers" only says whose types follow.
  for (std::size_t i = 0; i + 1 < segments.size(); i += 2) {
    Result<void> taken;
    if (azure_equal(segments[i], "subscriptions")) {
      taken = take(segments[i + 1], path.scope.subscription, "subscriptionId");
    } else if (azure_equal(segments[i], "resourceGroups")) {
      taken = take(segments[i + 1], path.scope.resource_group, "resourceGroupName");
    } else if (azure_equal(segments[i], "locations")) {
      taken = take(normalized_location(segments[i + 1]), path.scope.location, "ascLocation");
    } else if (azure_equal(segments[i], "jitNetworkAccessPolicies")) {
      taken = take(segments[i + 1], path.name, "jitNetworkAccessPolicyName");
    }
    if (!taken) return taken.error();
  }
  return path;
}

std::optional<std::string> azure_machine_name(std::string_view id) {
  if (!id.starts_with('/')) return std::nullopt;
  const auto segments = split(id.substr(1));
  constexpr std::array<std::string_view, 8> kForm{
      "subscriptions", "", "resourceGroups", "", "providers", "Microsoft.Compute", "virtualMachines", ""};
  if (segments.size() != kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool fits = kForm[i].empty() ? !segments[i].empty() : azure_equal(segments[i], kForm[i]);
    if (!fits) return std::nullopt;
  }
  return std::string(segments.back());
}

}  // namespace jitgate
