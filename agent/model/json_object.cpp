#include "agent/model/json_object.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include "agent/model/utf8.hpp"

namespace jitgate {

Result<JsonObject> JsonObject::from(const boost::json::value& value, std::string path,
                                    std::initializer_list<std::string_view> known_keys) {
  const auto* object = value.if_object();
  if (object == nullptr) return error(errc::invalid_argument, "must be an object", std::move(path));
  JsonObject reader(*object, std::move(path));
  for (const auto& member : *object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (std::ranges::find(known_keys, key) == known_keys.end()) {
      return error(errc::invalid_argument, "unknown key", reader.path_of(printable_name(key)));
    }
  }
  return reader;
}

std::string JsonObject::path_of(std::string_view key) const {
  std::string path = path_;
  if (!path.empty()) path += '.';
  return path.append(key);
}

Result<const boost::json::value*> JsonObject::require(std::string_view key) const {
  const boost::json::value* value = object_->if_contains(key);
  if (value == nullptr) return error(errc::invalid_argument, "is missing", path_of(key));
  return value;
}

Result<std::string_view> JsonObject::text(std::string_view key) const {
  const auto value = require(key);
  if (!value) return value.error();
  const auto* string = (*value)->if_string();
  if (string == nullptr) return error(errc::invalid_argument, "must be a string", path_of(key));
  return std::string_view(string->data(), string->size());
}

Result<std::int64_t> JsonObject::integer(std::string_view key) const {
  const auto value = require(key);
  if (!value) return value.error();
  const auto* number = (*value)->if_int64();
  if (number == nullptr) return error(errc::invalid_argument, "must be an integer", path_of(key));
  return *number;
}

Result<const boost::json::array*> JsonObject::list(std::string_view key, std::size_t max) const {
  const auto value = require(key);
  if (!value) return value.error();
  const auto* array = (*value)->if_array();
  if (array == nullptr || array->empty() || array->size() > max) {
    return error(errc::invalid_argument, "must be a list of 1 to " + std::to_string(max) + " elements", path_of(key));
  }
  return array;
}

}  // namespace jitgate
