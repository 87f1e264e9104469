#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace jitgate::cli {

// Reading the daemon's replies for display. What is missing or of another type shows as empty: a newer daemon may say
// more or less.

/// The member, or null when `value` is no object or has no such key.
[[nodiscard]] const boost::json::value* find(const boost::json::value& value, std::string_view key);
/// The string under `key`, or empty.
[[nodiscard]] std::string text_at(const boost::json::value& value, std::string_view key);
/// The integer under `key`, or 0.
[[nodiscard]] std::int64_t number_at(const boost::json::value& value, std::string_view key);
/// True when `key` holds true.
[[nodiscard]] bool flag_at(const boost::json::value& value, std::string_view key);
/// The array under `key`, or an empty one.
[[nodiscard]] const boost::json::array& list_at(const boost::json::value& value, std::string_view key);

}  // namespace jitgate::cli
