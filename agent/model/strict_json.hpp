#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// The one way JSON from outside is read: UTF-8, at most 16 levels deep, no duplicate keys at any level, no trailing
/// bytes, no numbers that are not 64-bit integers (1.0, 1e400 and -0 included), no comments. `target` of the error is
/// the path of the offending value where known ("ports[0].number"). The value lives in `storage`, which must outlive
/// it.
[[nodiscard]] Result<boost::json::value> parse_strict_json(std::string_view bytes,
                                                           boost::json::storage_ptr storage = {});

}  // namespace jitgate
