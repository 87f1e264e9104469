#include <map>

#include "agent/model/grant_document.hpp"
#include "agent/model/strict_json.hpp"
#include "agent/model/utf8.hpp"
#include "agent/source/azure/azure_policy_document.hpp"
#include "tests/fuzz/check.hpp"

using jitgate::fuzz::check;

namespace {

constexpr std::string_view kHost = "vm1";

void check_documents(const jitgate::AzurePolicy& policy) {
  std::map<std::string, std::string> seen;
  for (const auto& delivered : policy.documents) {
    check(seen.emplace(delivered.key, delivered.document).second, "every grant has a key of its own");
    check(jitgate::parse_strict_json(delivered.document).has_value(), "what is made is JSON");
    const auto grant = jitgate::parse_grant_document(delivered.document);
    if (!grant) continue;
    check(grant->id == delivered.key && grant->virtual_machine == kHost, "a grant is this host's, under its id");
    check(grant->ports.size() == 1 && !grant->approver, "a grant is for one port, and nobody approved it");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = jitgate::fuzz::text_of(data, size);
  const auto policy = jitgate::read_azure_policy(body, "/subscriptions/s", kHost);
  if (!policy) {
    check(jitgate::is_utf8(describe(policy.error())), "every reason can be shown");
    return 0;
  }
  check_documents(*policy);
  const auto again = jitgate::read_azure_policy(body, "/SUBSCRIPTIONS/S", kHost);
  check(again && again->documents == policy->documents, "the same resource makes the same grants");
  check(policy->ports || !policy->problems.empty(), "what has no ports says why");
  for (const auto& problem : policy->problems)
    check(!jitgate::has_control_characters(problem) && jitgate::is_utf8(problem), "every problem can be shown");
  return 0;
}
