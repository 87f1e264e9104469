#include <boost/json/array.hpp>

#include "agent/api/client_request_id.hpp"
#include "agent/api/decode_fields.hpp"
#include "agent/model/grant_document.hpp"
#include "agent/model/strict_json.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

using Problems = std::vector<Error>;

/// The value, or nothing and one more problem: a client learns of every mistake at once.
template <class T>
std::optional<T> keep(Result<T> result, Problems& problems) {
  if (result) return std::move(*result);
  problems.push_back(result.error());
  return std::nullopt;
}

Result<PortNumber> decode_number(const JsonObject& port) {
  const Result<std::int64_t> number = port.integer("number");
  if (!number) return number.error();
  Result<PortNumber> valid = PortNumber::from(*number);
  if (valid) return valid;
  Error failure = valid.error();
  failure.target = port.path_of("number");
  return failure;
}

Result<std::optional<Protocol>> decode_protocol(const JsonObject& port) {
  if (!port.has("protocol")) return std::optional<Protocol>{};
  const Result<Protocol> protocol = port.parsed("protocol", parse_protocol);
  if (!protocol) return protocol.error();
  return std::optional<Protocol>(*protocol);
}

Result<std::vector<AddressPrefix>> decode_source_list(const JsonObject& port) {
  constexpr std::string_view key = "allowedSourceAddressPrefixes";
  const Result<const boost::json::array*> list = port.list(key, kMaxGrantPorts);
  if (!list) return list.error();
  std::vector<AddressPrefix> sources;
  for (const boost::json::value& element : **list) {
    const std::string path = port.path_of(key) + "[" + std::to_string(sources.size()) + "]";
    if (!element.is_string()) return error(errc::invalid_argument, "expected a string", path);
    const Result<AddressPrefix> source = AddressPrefix::parse(element.get_string().subview());
    if (!source) return error(source.error().code, source.error().message, path);
    sources.push_back(*source);
  }
  return sources;
}

Result<std::vector<AddressPrefix>> decode_sources(const JsonObject& port,
                                                  const std::optional<AddressPrefix>& caller_address) {
  constexpr std::string_view one = "allowedSourceAddressPrefix";
  const bool has_list = port.has("allowedSourceAddressPrefixes");
  if (port.has(one) && has_list) {
    return error(errc::invalid_argument, "give one of allowedSourceAddressPrefix and allowedSourceAddressPrefixes",
                 port.path_of(one));
  }
  if (has_list) return decode_source_list(port);
  if (!port.has(one)) {
    if (caller_address) return std::vector<AddressPrefix>{*caller_address};
    return error(errc::invalid_argument,
                 "missing: over the local socket, or from this host itself, the source address must be named",
                 port.path_of(one));
  }
  const Result<AddressPrefix> source = port.parsed(one, AddressPrefix::parse);
  if (!source) return source.error();
  return std::vector<AddressPrefix>{*source};
}

using Until = std::variant<Duration, WallTime>;

Result<Until> decode_until(const JsonObject& port) {
  if (port.has("duration") == port.has("endTimeUtc")) {
    return error(errc::invalid_argument, "give one of duration and endTimeUtc", port.path_of("duration"));
  }
  if (port.has("duration")) {
    const Result<Duration> duration = required_duration(port, "duration");
    if (!duration) return duration.error();
    return Until(*duration);
  }
  const Result<WallTime> end = port.parsed("endTimeUtc", parse_timestamp);
  if (!end) return end.error();
  return Until(*end);
}

}  // namespace

void decode_port(const boost::json::value& value, const std::string& path,
                 const std::optional<AddressPrefix>& caller_address, std::vector<PortRequest>& ports,
                 Problems& problems) {
  const auto port = keep(JsonObject::from(value, path,
                                          {"number", "protocol", "allowedSourceAddressPrefix",
                                           "allowedSourceAddressPrefixes", "duration", "endTimeUtc"}),
                         problems);
  if (!port) return;
  const auto number = keep(decode_number(*port), problems);
  const auto protocol = keep(decode_protocol(*port), problems);
  auto sources = keep(decode_sources(*port, caller_address), problems);
  const auto until = keep(decode_until(*port), problems);
  if (number && protocol && sources && until)
    ports.push_back(PortRequest{*number, *protocol, std::move(*sources), *until});
}

void check_total(const std::vector<PortRequest>& ports, Problems& problems) {
  std::size_t openings = 0;
  for (const PortRequest& port : ports) openings += port.sources.size();
  if (openings <= kMaxGrantPorts) return;
  const std::string limit = std::to_string(kMaxGrantPorts);
  problems.push_back(
      error(errc::invalid_argument, "more than " + limit + " pairs of port and source in one request", "ports"));
}

Error as_one_error(Problems problems) {
  if (problems.size() == 1) return std::move(problems.front());
  Error all =
      error(errc::invalid_argument, "the request is malformed in " + std::to_string(problems.size()) + " places");
  all.details = std::move(problems);
  return all;
}

Result<ApiCall> decode_request(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> object = JsonObject::from(*json, "", {"ports", "justification"});
  if (!object) return object.error();
  const Result<const boost::json::array*> list = object->list("ports", kMaxGrantPorts);
  if (!list) return list.error();

  Problems problems;
  AccessRequest request;
  for (std::size_t i = 0; i < (*list)->size(); ++i) {
    decode_port((**list)[i], "ports[" + std::to_string(i) + "]", input.caller_address, request.ports, problems);
  }
  if (auto justification = keep(optional_justification(*object), problems))
    request.justification = std::move(*justification);
  check_total(request.ports, problems);
  if (input.client_request_id)
    request.client_request = keep(decode_client_request(*input.client_request_id, input.body, request.ports), problems);
  if (!problems.empty()) return as_one_error(std::move(problems));
  return ApiCall(RequestAccess{std::move(request)});
}

}  // namespace jitgate
