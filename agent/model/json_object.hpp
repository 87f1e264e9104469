#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// Reads an object that came from outside: unknown keys and wrong types are refused, and every error's target is the
/// path of the offending value ("ports[0].number"). Views the value, which must outlive it.
class JsonObject {
 public:
  /// `path` is where `value` stands in its document; empty for the document itself.
  [[nodiscard]] static Result<JsonObject> from(const boost::json::value& value, std::string path,
                                               std::initializer_list<std::string_view> known_keys);

  [[nodiscard]] bool has(std::string_view key) const { return object_->contains(key); }
  [[nodiscard]] std::string path_of(std::string_view key) const;

  /// The value of a key that must be there.
  [[nodiscard]] Result<const boost::json::value*> require(std::string_view key) const;
  [[nodiscard]] Result<std::string_view> text(std::string_view key) const;
  [[nodiscard]] Result<std::int64_t> integer(std::string_view key) const;
  /// Between 1 and `max` elements.
  [[nodiscard]] Result<const boost::json::array*> list(std::string_view key, std::size_t max) const;

  /// The string under `key`, through `parse` (parse_timestamp, AddressPrefix::parse, ...).
  template <class Parse>
  [[nodiscard]] auto parsed(std::string_view key, Parse parse) const -> decltype(parse(std::string_view{})) {
    const Result<std::string_view> string = text(key);
    if (!string) return string.error();
    auto value = parse(*string);
    if (value) return value;
    Error failure = value.error();
    failure.target = path_of(key);
    return failure;
  }

 private:
  JsonObject(const boost::json::object& object, std::string path) : object_(&object), path_(std::move(path)) {}

  const boost::json::object* object_;
  std::string path_;
};

}  // namespace jitgate
