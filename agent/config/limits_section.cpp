#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

constexpr std::int64_t kMaxGrants = 1'000'000;

void read_length(MapReader& map, std::string_view key, Family family, unsigned& length) {
  const auto field = map.get(key);
  if (!field) return;
  // A minimum of 0 would be a grant for the whole internet.
  if (const auto value = read_integer(*field, 1, address_bits(family))) length = static_cast<unsigned>(*value);
}

void read_count(MapReader& map, std::string_view key, std::size_t& count) {
  const auto field = map.get(key);
  if (!field) return;
  if (const auto value = read_integer(*field, 1, kMaxGrants)) count = static_cast<std::size_t>(*value);
}

}  // namespace

void read_limits(const Field& field, Config& config) {
  MapReader map(field);
  if (const auto lengths = map.get("minimumPrefixLength")) {
    MapReader families(*lengths);
    read_length(families, "ipv4", Family::ipv4, config.policy.limits.ipv4);
    read_length(families, "ipv6", Family::ipv6, config.policy.limits.ipv6);
    families.done();
  }
  read_count(map, "grantsPerRequestor", config.limits.grants_per_requestor);
  read_count(map, "grantsPerSource", config.limits.grants_per_source);
  read_count(map, "requestsPerMinute", config.limits.requests_per_minute);
  read_count(map, "requestBurst", config.limits.request_burst);
  map.done();
}

}  // namespace jitgate
