#include "agent/source/azure/azure_machine.hpp"

#include "agent/model/ascii_case.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

/// Resource Manager's ids are compared without regard to case.
bool means(std::string_view id, std::string_view host) {
  if (host.find('/') == std::string_view::npos) id.remove_prefix(id.rfind('/') + 1);
  return !host.empty() && equal_ignoring_case(id, host);
}

}  // namespace

Result<const boost::json::object*> find_machine(const boost::json::array& machines, std::string_view host) {
  const boost::json::object* found = nullptr;
  for (const boost::json::value& element : machines) {
    const auto* machine = element.if_object();
    if (machine == nullptr || !means(text_of(*machine, "id"), host)) continue;
    if (found != nullptr)
      return error(errc::invalid_argument,
                   "two virtual machines of the policy may be this host: " + in_quotes(text_of(*found, "id")) +
                       " and " + in_quotes(text_of(*machine, "id")));
    found = machine;
  }
  return found;
}

std::string_view text_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string_view(text->data(), text->size()) : std::string_view();
}

const boost::json::array* list_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr ? value->if_array() : nullptr;
}

}  // namespace jitgate
