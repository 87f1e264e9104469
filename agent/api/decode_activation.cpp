#include "agent/api/decode_fields.hpp"
#include "agent/model/strict_json.hpp"

namespace jitgate {
namespace {

Result<EnableOptions> decode_options(const JsonObject& object) {
  EnableOptions options;
  if (object.has("confirmWithin")) {
    const Result<Duration> within = required_duration(object, "confirmWithin");
    if (!within) return within.error();
    options.confirm_within = *within;
  }
  const Result<bool> confirmed = optional_flag(object, "confirmed");
  if (!confirmed) return confirmed.error();
  const Result<bool> force = optional_flag(object, "force");
  if (!force) return force.error();
  const Result<bool> accept_clock = optional_flag(object, "acceptClock");
  if (!accept_clock) return accept_clock.error();
  if (*confirmed && options.confirm_within) {
    return error(errc::invalid_argument, "confirms a trial, so it cannot begin one with confirmWithin", "confirmed");
  }
  options.confirmed = *confirmed;
  options.force = *force;
  options.accept_clock = *accept_clock;
  return options;
}

Result<AddressPrefix> decode_source(const JsonObject& object) {
  return object.parsed("source", AddressPrefix::parse);
}

}  // namespace

Result<ApiCall> decode_enable(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  if (input.body.empty()) return ApiCall(Enable{});
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> object = JsonObject::from(*json, "", {"confirmWithin", "confirmed", "force", "acceptClock"});
  if (!object) return object.error();
  const Result<EnableOptions> options = decode_options(*object);
  if (!options) return options.error();
  return ApiCall(Enable{*options});
}

Result<ApiCall> decode_disable(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  if (input.body.empty()) return ApiCall(Disable{});
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> object = JsonObject::from(*json, "", {});
  if (!object) return object.error();
  return ApiCall(Disable{});
}

Result<ApiCall> decode_unlock(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> object = JsonObject::from(*json, "", {"duration", "source", "justification"});
  if (!object) return object.error();
  const Result<Duration> duration = required_duration(*object, "duration");
  if (!duration) return duration.error();
  UnlockOptions options{*duration, std::nullopt, {}};
  if (object->has("source")) {
    const Result<AddressPrefix> source = decode_source(*object);
    if (!source) return source.error();
    options.source = *source;
  }
  Result<std::string> justification = optional_justification(*object);
  if (!justification) return justification.error();
  if (justification->find_first_not_of(" \t\n") == std::string::npos) {
    return error(errc::invalid_argument, "breaking the glass needs a reason", "justification");
  }
  options.justification = std::move(*justification);
  return ApiCall(Unlock{std::move(options)});
}

}  // namespace jitgate
