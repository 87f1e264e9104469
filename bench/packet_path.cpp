#include "bench/packet_path.hpp"

#include "bench/figures.hpp"
#include "bench/process.hpp"

namespace jitgate::bench {
namespace {

/// 172.16.`number`.0
std::uint32_t subnet(int number) {
  return (172U << 24) | (16U << 16) | (static_cast<std::uint32_t>(number) << 8);
}

}  // namespace

PacketPath::PacketPath(const Network& client, int number) : address_(subnet(number) + 1) {
  const std::string here = "host";
  const std::string there = "to" + std::to_string(number);
  run({"ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", client.path()});
  run({"ip", "address", "add", dotted(address_) + "/24", "dev", here});
  run({"ip", "link", "set", here, "up"});
  client.enter();
  run({"ip", "address", "add", dotted(subnet(number) + 2) + "/24", "dev", there});
  run({"ip", "link", "set", there, "up"});
  network_.enter();
  run({"ip", "route", "add", "10.0.0.0/8", "via", dotted(subnet(number) + 2)});
  locked_ = std::make_unique<UdpEnd>(kLocked);
  other_ = std::make_unique<UdpEnd>(kOther);
}

}  // namespace jitgate::bench
