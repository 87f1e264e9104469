#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"
#include "agent/model/ascii_case.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxHostId = 128;

/// What systemd writes to /etc/machine-id on an image that has not booted yet (machine-id(5)): the same on every clone.
bool is_uninitialized(std::string_view text) {
  return equal_ignoring_case(text, "uninitialized");
}

}  // namespace

void read_host(const Field& field, Config& config) {
  constexpr const char* kExpected = "a name of A-Z, a-z, 0-9, '.', '_' and '-'";
  MapReader map(field);
  if (const auto id = map.get("id")) {
    auto text = read_text(*id, kExpected, kMaxHostId);
    if (text && (is_uninitialized(*text) || !is_plain_name(*text))) {
      id->wrong(shown(*id) + " cannot name a host", kExpected);
    } else if (text) {
      config.host_id = std::move(text);
    }
  }
  map.done();
}

}  // namespace jitgate
