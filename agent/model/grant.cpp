#include "agent/model/grant.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "agent/model/system_random.hpp"

namespace jitgate {
namespace {

template <class Enum, std::size_t N>
Result<Enum> parse_named(std::string_view text, const std::array<Enum, N>& values, const char* what) {
  const auto found = std::ranges::find_if(values, [&](Enum value) { return to_string(value) == text; });
  if (found == values.end()) return error(errc::invalid_argument, what);
  return *found;
}

}  // namespace

bool same_opening(const GrantPort& a, const GrantPort& b) {
  return a.number == b.number && a.protocol == b.protocol && a.source == b.source;
}

std::string_view to_string(Status status) {
  return status == Status::initiated ? "Initiated" : "Revoked";
}

std::string_view to_string(StatusReason reason) {
  switch (reason) {
    case StatusReason::none:
      return "";
    case StatusReason::expired:
      return "Expired";
    case StatusReason::user_requested:
      return "UserRequested";
    case StatusReason::newer_request_initiated:
      return "NewerRequestInitiated";
    case StatusReason::policy_changed:
      return "PolicyChanged";
    case StatusReason::denied:
      return "Denied";
    case StatusReason::pending:
      return "Pending";
  }
  return "";
}

Result<Status> parse_status(std::string_view text) {
  return parse_named(text, std::array{Status::initiated, Status::revoked}, "the status must be Initiated or Revoked");
}

Result<StatusReason> parse_status_reason(std::string_view text) {
  return parse_named(text,
                     std::array{StatusReason::none, StatusReason::expired, StatusReason::user_requested,
                                StatusReason::newer_request_initiated, StatusReason::policy_changed,
                                StatusReason::denied, StatusReason::pending},
                     "not a known status reason");
}

bool GrantRecord::active() const {
  return std::ranges::any_of(states, [](const PortState& state) { return state.status == Status::initiated; });
}

std::string new_grant_id(WallTime now) {
  std::array<unsigned char, 16> id{};
  std::random_device random = system_random();
  for (std::size_t i = 0; i < id.size(); i += sizeof(std::uint32_t)) {
    const auto drawn = std::uint32_t{random()};
    std::memcpy(&id[i], &drawn, sizeof drawn);
  }
  const auto since = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto millis = static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0));
  for (std::size_t i = 0; i < 6; ++i) id[i] = static_cast<unsigned char>(millis >> (40 - 8 * i));
  id[6] = static_cast<unsigned char>(0x70 | (id[6] & 0x0f));  // version 7
  id[8] = static_cast<unsigned char>(0x80 | (id[8] & 0x3f));  // variant 10

  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[id[i] >> 4];
    text += kDigits[id[i] & 0xf];
  }
  return text;
}

}  // namespace jitgate
