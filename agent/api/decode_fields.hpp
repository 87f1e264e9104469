#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "agent/api/decode.hpp"
#include "agent/model/json_object.hpp"

namespace jitgate {

/// Longest justification, in bytes of UTF-8: as in a grant document.
inline constexpr std::size_t kMaxJustification = 1024;

/// Refuses any query parameter that is not in `known`.
[[nodiscard]] Result<void> expect_query(const CallInput& input, std::initializer_list<std::string_view> known);
/// Refuses a body.
[[nodiscard]] Result<void> expect_no_body(const CallInput& input);
/// `id` as a grant can have it: 1..128 of [A-Za-z0-9._-].
[[nodiscard]] Result<std::string> grant_id(std::string_view id);

/// false where the key is absent.
[[nodiscard]] Result<bool> optional_flag(const JsonObject& object, std::string_view key);
/// Empty where the key is absent; no control characters but tab and line feed, at most kMaxJustification bytes.
[[nodiscard]] Result<std::string> optional_justification(const JsonObject& object);
/// ISO 8601, as everywhere in documents.
[[nodiscard]] Result<Duration> required_duration(const JsonObject& object, std::string_view key);

/// One element of a request's `ports`, at `path`: added to `ports`, or every mistake in it to `problems`. A source that
/// is not named is `caller_address`; a mistake where there is none.
void decode_port(const boost::json::value& value, const std::string& path,
                 const std::optional<AddressPrefix>& caller_address, std::vector<PortRequest>& ports,
                 std::vector<Error>& problems);
/// Every opening becomes a port of one grant document, which has room for so many.
void check_total(const std::vector<PortRequest>& ports, std::vector<Error>& problems);
/// `problems` is not empty.
[[nodiscard]] Error as_one_error(std::vector<Error> problems);

}  // namespace jitgate
