#include "agent/api/decode_fields.hpp"
#include "agent/model/strict_json.hpp"

namespace jitgate {
namespace {

Error about(Error failure, std::string target) {
  failure.target = std::move(target);
  return failure;
}

Result<std::string_view> required_parameter(const CallInput& input, const std::string& name) {
  const auto found = input.query.find(name);
  if (found == input.query.end()) return error(errc::invalid_argument, "is required", name);
  return std::string_view(found->second);
}

Result<AddressPrefix> decode_source(const CallInput& input) {
  const Result<std::string_view> text = required_parameter(input, "source");
  if (!text) return text.error();
  const Result<AddressPrefix> source = AddressPrefix::parse(*text);
  if (!source) return about(source.error(), "source");
  if (source->length() != address_bits(source->family())) {
    return error(errc::invalid_argument, "expected one address, not a prefix", "source");
  }
  return source;
}

Result<Transport> decode_transport(const CallInput& input) {
  const auto found = input.query.find("protocol");
  if (found == input.query.end()) return Transport::tcp;
  const Result<Protocol> protocol = parse_protocol(found->second);
  if (!protocol) return about(protocol.error(), "protocol");
  if (*protocol == Protocol::any) return error(errc::invalid_argument, "expected TCP or UDP", "protocol");
  return *protocol == Protocol::tcp ? Transport::tcp : Transport::udp;
}

}  // namespace

Result<ApiCall> decode_explain(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {"source", "port", "protocol"}); !query) return query.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  const Result<AddressPrefix> source = decode_source(input);
  if (!source) return source.error();
  const Result<std::string_view> text = required_parameter(input, "port");
  if (!text) return text.error();
  const Result<PortNumber> number = PortNumber::parse(*text);
  if (!number) return about(number.error(), "port");
  const Result<Transport> transport = decode_transport(input);
  if (!transport) return transport.error();
  return ApiCall(Explain{{*source, {*transport, *number}}});
}

Result<ApiCall> decode_acknowledge(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> object = JsonObject::from(*json, "", {"number", "protocol"});
  if (!object) return object.error();
  const Result<std::int64_t> given = object->integer("number");
  if (!given) return given.error();
  const Result<PortNumber> number = PortNumber::from(*given);
  if (!number) return about(number.error(), "number");
  Protocol protocol = Protocol::any;
  if (object->has("protocol")) {
    const Result<Protocol> named = object->parsed("protocol", parse_protocol);
    if (!named) return named.error();
    protocol = *named;
  }
  return ApiCall(Acknowledge{*number, protocol});
}

}  // namespace jitgate
