#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

/// sun_path has 108 bytes with the terminating zero (unix(7)).
constexpr std::size_t kMaxSocketPath = 107;

}  // namespace

void read_api(const Field& field, Config& config) {
  MapReader map(field);
  if (const auto socket = map.get("socket")) assign(config.socket, read_path(*socket, kMaxSocketPath));
  map.unsupported_unless_null("listen");
  map.unsupported("tls");
  map.unsupported("tokens");
  map.done();
}

}  // namespace jitgate
