#include "agent/model/grant_document.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <utility>

#include "agent/model/document_field.hpp"
#include "agent/model/json_object.hpp"
#include "agent/model/strict_json.hpp"
#include "agent/model/time_window.hpp"
#include "agent/model/timestamp.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxName = 256;
constexpr std::size_t kMaxJustification = 1024;
/// Bytes that the values of a document with a few ports take.
constexpr std::size_t kOrdinaryDocument = 8 * 1024;

Result<std::string> parse_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxName) return error(errc::invalid_argument, "must be 1 to 256 bytes");
  if (has_control_characters(text)) return error(errc::invalid_argument, "must not hold control characters");
  return std::string(text);
}

/// Line feeds and tabs are text here: people paste tickets.
Result<std::string> parse_justification(std::string_view text) {
  if (text.size() > kMaxJustification) return error(errc::invalid_argument, "must be at most 1024 bytes");
  std::string visible(text);
  std::erase_if(visible, [](char c) { return c == '\n' || c == '\t'; });
  if (has_control_characters(visible)) return error(errc::invalid_argument, "must not hold control characters");
  return std::string(text);
}

Result<PortNumber> parse_number(const JsonObject& object) {
  const auto number = object.integer("number");
  if (!number) return number.error();
  auto port = PortNumber::from(*number);
  if (port) return port;
  return error(errc::invalid_argument, port.error().message, object.path_of("number"));
}

Result<GrantPort> parse_port(const boost::json::value& value, std::string path, WallTime start) {
  const auto object =
      JsonObject::from(value, std::move(path), {"number", "protocol", "allowedSourceAddressPrefix", "endTimeUtc"});
  if (!object) return object.error();
  const auto number = parse_number(*object);
  if (!number) return number.error();
  const auto protocol = object->parsed("protocol", parse_protocol);
  if (!protocol) return protocol.error();
  const auto source = object->parsed("allowedSourceAddressPrefix", AddressPrefix::parse);
  if (!source) return source.error();
  const auto end = object->parsed("endTimeUtc", parse_timestamp);
  if (!end) return end.error();
  if (const auto window = TimeWindow::from(start, *end); !window) {
    return error(errc::invalid_argument, "must be later than startTimeUtc", object->path_of("endTimeUtc"));
  }
  return GrantPort{*number, *protocol, *source, *end};
}

Result<std::vector<GrantPort>> parse_ports(const JsonObject& document, WallTime start) {
  const auto list = document.list("ports", kMaxGrantPorts);
  if (!list) return list.error();
  std::vector<GrantPort> ports;
  for (const auto& element : **list) {
    const std::string path = "ports[" + std::to_string(ports.size()) + "]";
    auto port = parse_port(element, path, start);
    if (!port) return port.error();
    if (std::ranges::any_of(ports, [&](const GrantPort& p) { return same_opening(p, *port); })) {
      return error(errc::invalid_argument, "the same port, protocol and source are given twice", path);
    }
    ports.push_back(*port);
  }
  return ports;
}

/// Everything but the ports and the digest.
Result<Grant> parse_head(const JsonObject& object) {
  if (auto ok = expect_kind(object, "AccessGrant"); !ok) return ok.error();
  auto id = object.parsed("id", parse_grant_id);
  if (!id) return id.error();
  auto machine = object.parsed("virtualMachine", parse_name);
  if (!machine) return machine.error();
  auto requestor = object.parsed("requestor", parse_name);
  if (!requestor) return requestor.error();
  const auto start = object.parsed("startTimeUtc", parse_timestamp);
  if (!start) return start.error();
  Grant grant{std::move(*id), {}, std::move(*machine), std::move(*requestor), {}, *start, {}, {}};
  if (object.has("approver")) {
    auto approver = object.parsed("approver", parse_name);
    if (!approver) return approver.error();
    grant.approver = std::move(*approver);
  }
  if (object.has("justification")) {
    auto justification = object.parsed("justification", parse_justification);
    if (!justification) return justification.error();
    grant.justification = std::move(*justification);
  }
  return grant;
}

}  // namespace

Result<Grant> parse_grant_document(std::string_view bytes) {
  if (bytes.size() > kMaxGrantDocument) {
    return error(errc::invalid_argument, "a grant document is at most " + std::to_string(kMaxGrantDocument) + " bytes");
  }
  // Ten thousand of them are read at a start: an ordinary one needs no allocation of its own.
  std::array<unsigned char, kOrdinaryDocument> buffer;
  boost::json::monotonic_resource storage(buffer.data(), buffer.size());
  const auto value = parse_strict_json(bytes, &storage);
  if (!value) return value.error();
  const auto object = JsonObject::from(*value, {},
                                       {"apiVersion", "kind", "id", "virtualMachine", "requestor", "approver",
                                        "startTimeUtc", "justification", "ports"});
  if (!object) return object.error();
  auto grant = parse_head(*object);
  if (!grant) return grant.error();
  auto ports = parse_ports(*object, grant->start);
  if (!ports) return ports.error();
  grant->ports = std::move(*ports);
  grant->digest = sha256(bytes);
  return grant;
}

}  // namespace jitgate
