#include "agent/control/asked_for.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <limits>

#include "agent/model/grant_document.hpp"
#include "agent/model/json_object.hpp"
#include "agent/model/strict_json.hpp"

namespace jitgate {
namespace {

using std::chrono::seconds;

Error unreadable(std::string what) {
  return error(errc::store_failed, "how it was asked for cannot be read: " + std::move(what));
}

Result<std::optional<Duration>> parse_length(const boost::json::value& value) {
  if (value.is_null()) return std::optional<Duration>();
  constexpr auto longest = std::chrono::floor<seconds>(Duration::max()).count();
  const auto* length = value.if_int64();
  if (length == nullptr || *length <= 0 || *length > longest) return unreadable("a length is not one");
  return std::optional<Duration>(seconds(*length));
}

}  // namespace

std::string to_text(const AskedFor& asked) {
  boost::json::object object{{"caller", asked.caller}};
  if (asked.uid) object["uid"] = std::int64_t{*asked.uid};
  boost::json::array lengths;
  for (const auto& length : asked.lengths) {
    lengths.push_back(length ? boost::json::value(std::chrono::floor<seconds>(*length).count()) : nullptr);
  }
  object["seconds"] = std::move(lengths);
  return boost::json::serialize(object);
}

Result<AskedFor> parse_asked_for(std::string_view text, std::size_t ports) {
  const auto value = parse_strict_json(text);
  if (!value) return unreadable(describe(value.error()));
  const auto object = JsonObject::from(*value, {}, {"caller", "uid", "seconds"});
  if (!object) return unreadable(describe(object.error()));
  const auto caller = object->text("caller");
  if (!caller) return unreadable(describe(caller.error()));
  AskedFor asked{std::string(*caller), std::nullopt, {}};
  if (object->has("uid")) {
    const auto uid = object->integer("uid");
    if (!uid || *uid < 0 || *uid > std::numeric_limits<std::uint32_t>::max()) return unreadable("uid is not one");
    asked.uid = static_cast<std::uint32_t>(*uid);
  }
  const auto lengths = object->list("seconds", kMaxGrantPorts);
  if (!lengths) return unreadable(describe(lengths.error()));
  for (const auto& element : **lengths) {
    const auto length = parse_length(element);
    if (!length) return length.error();
    asked.lengths.push_back(*length);
  }
  if (asked.lengths.size() != ports) return unreadable("it is of another number of ports");
  return asked;
}

}  // namespace jitgate
