#include <cstdio>

#include "agent/config/wanted_lock.hpp"
#include "agent/daemon/kept_ports.hpp"
#include "agent/daemon/options.hpp"
#include "platform/linux/nft_render.hpp"

namespace jitgate {

int render(const std::string& path) {
  auto config = load_config(path);
  const auto known = config ? add_kept_ports(*config) : Result<void>(config.error());
  if (!known) {
    std::fprintf(stderr, "jitgated: %s\n", describe(known.error()).c_str());
    return 1;
  }
  // `auto` is answered for this host and by the installed nft; text that any nft can load is the safer of the two.
  const bool owned = config->own_table == OwnTable::on;
  std::fputs(nft::render(wanted_lock(*config), *nft::MarkBits::of(config->mark_mask), {}, BootTime{}, owned).c_str(),
             stdout);
  return 0;
}

}  // namespace jitgate
