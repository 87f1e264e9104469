#include "agent/source/azure/azure_request.hpp"

#include <boost/json/serialize.hpp>

#include "agent/model/ascii_case.hpp"
#include "agent/model/digest.hpp"
#include "agent/model/port.hpp"
#include "agent/model/utf8.hpp"
#include "agent/source/azure/azure_machine.hpp"
#include "agent/source/azure/azure_policy_document.hpp"

namespace jitgate {
namespace {

namespace json = boost::json;

constexpr std::size_t kIdDigits = 32;
constexpr std::size_t kMostProblems = 100;

/// A request names no protocol: it gets the one that the policy has for the port. Empty, and the reason: none, or
/// several, of which Azure does not say one.
std::string protocol_of(const json::object& port, std::int64_t number, const AzureRequestContext& context,
                        std::string& why) {
  const std::string_view own = text_of(port, "protocol");
  if (!own.empty() && own != "*") return std::string(own);
  const auto found = context.protocols.find(number);
  if (found != context.protocols.end() && found->second.size() == 1) return std::string(*found->second.begin());
  why = found == context.protocols.end() ? "which the policy has not" : "which the policy has for several protocols";
  return {};
}

/// One or the other; the portal sends both, with null or nothing in one of them. Empty, and the reason.
std::vector<std::string> prefixes_of(const json::object& port, std::string& why) {
  std::vector<std::string> prefixes;
  if (const auto* list = list_of(port, "allowedSourceAddressPrefixes")) {
    for (const json::value& element : *list) {
      if (const auto* text = element.if_string()) prefixes.emplace_back(text->data(), text->size());
    }
  }
  const std::string_view one = text_of(port, "allowedSourceAddressPrefix");
  if (!one.empty() && !prefixes.empty()) {
    why = "with one source prefix and a list of them";
    return {};
  }
  if (!one.empty()) prefixes.emplace_back(one);
  if (prefixes.empty()) why = "without a source prefix";
  return prefixes;
}

void copy_text(const json::object& from, std::string_view key, json::object& to) {
  if (const std::string_view text = text_of(from, key); !text.empty()) to[key] = text;
}

/// The id is of all that the document says, and of where it comes from: other bytes are another grant.
void add_document(json::object document, const AzureRequestContext& context,
                  std::map<std::string, std::string>& documents) {
  const std::string said = ascii_lower(context.resource_id) + "\n" + json::serialize(document);
  const std::string id = "azure-" + to_hex(sha256(said)).substr(0, kIdDigits);
  document["id"] = id;
  documents.emplace(id, json::serialize(document));
}

void add_port(const json::object& request, const json::object& port, const AzureRequestContext& context,
              std::map<std::string, std::string>& documents, std::vector<std::string>& problems) {
  const std::int64_t number = azure_number(port);
  std::string why;
  const std::string protocol = protocol_of(port, number, context, why);
  std::vector<std::string> prefixes;
  if (why.empty()) prefixes = prefixes_of(port, why);
  if (!why.empty() && problems.size() < kMostProblems)
    problems.push_back("a request of " + in_quotes(text_of(request, "requestor")) + " is for port " +
                       std::to_string(number) + ", " + why);
  for (const std::string& prefix : prefixes) {
    if (documents.size() > kMaxAzureGrants) return;  // the caller refuses the policy
    json::object document{{"apiVersion", "jitgate/v1"}, {"kind", "AccessGrant"}, {"id", ""}};
    document["virtualMachine"] = context.host;
    copy_text(request, "requestor", document);
    copy_text(request, "startTimeUtc", document);
    copy_text(request, "justification", document);
    json::object opening{{"number", number}, {"protocol", protocol}, {"allowedSourceAddressPrefix", prefix}};
    copy_text(port, "endTimeUtc", opening);
    document["ports"] = json::array{std::move(opening)};
    add_document(std::move(document), context, documents);
  }
}

}  // namespace

std::int64_t azure_number(const json::object& port) {
  const auto* value = port.if_contains("number");
  if (value == nullptr) return 0;
  if (const auto* number = value->if_int64()) return *number;
  const auto parsed = PortNumber::parse(text_of(port, "number"));
  return parsed ? parsed->value() : 0;
}

void add_grants(const json::object& request, const AzureRequestContext& context,
                std::map<std::string, std::string>& documents, std::vector<std::string>& problems) {
  const auto* machines = list_of(request, "virtualMachines");
  if (machines == nullptr) return;
  for (const json::value& element : *machines) {
    const auto* machine = element.if_object();
    if (machine == nullptr || !equal_ignoring_case(text_of(*machine, "id"), context.machine_id)) continue;
    const auto* ports = list_of(*machine, "ports");
    if (ports == nullptr) continue;
    for (const json::value& each : *ports) {
      const auto* port = each.if_object();
      // "Initiating" is not granted yet, and what states there will be is not known: nothing opens by them.
      if (port != nullptr && text_of(*port, "status") == "Initiated")
        add_port(request, *port, context, documents, problems);
    }
  }
}

}  // namespace jitgate
