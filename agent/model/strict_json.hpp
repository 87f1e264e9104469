#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <limits>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// The one way JSON from outside is read: UTF-8, at most 16 levels deep, no duplicate keys at any level, no trailing
/// bytes, no numbers that are not 64-bit integers (1.0, 1e400 and -0 included), no comments. `target` of the error is
/// the path of the offending value where known ("ports[0].number"). The value lives in `storage`, which must outlive
/// it. More than `most` values and keys together are refused before they take memory: two bytes of text can be a value
/// of 24.
[[nodiscard]] Result<boost::json::value> parse_strict_json(std::string_view bytes,
                                                           boost::json::storage_ptr storage = {},
                                                           std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace jitgate
