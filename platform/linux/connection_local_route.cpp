#include "platform/linux/connection_local_route.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>

namespace jitgate {

Result<LocalRoute> LocalRoute::open() {
  Result<NetlinkChannel> channel = NetlinkChannel::open(NETLINK_ROUTE);
  if (!channel) return channel.error();
  return LocalRoute(std::move(*channel));
}

Result<bool> LocalRoute::is_local(const AddressPrefix& address) {
  NetlinkRequest message(RTM_GETROUTE, 0);
  auto& fixed = message.header<rtmsg>();
  fixed.rtm_family = address.family() == Family::ipv4 ? AF_INET : AF_INET6;
  fixed.rtm_dst_len = static_cast<unsigned char>(address.length());
  mnl_attr_put(message.raw(), RTA_DST, address.bytes().size(), address.bytes().data());
  bool local = false;
  const Result<int> answer = channel_.exchange(message, [&](const nlmsghdr& reply) -> Result<void> {
    if (mnl_nlmsg_get_payload_len(&reply) < sizeof(rtmsg)) {
      return error(errc::system_failed, "the kernel's route report is too short");
    }
    rtmsg route;
    std::memcpy(&route, mnl_nlmsg_get_payload(&reply), sizeof(route));
    local = route.rtm_type == RTN_LOCAL;
    return {};
  });
  if (!answer) return answer.error();
  return *answer == 0 && local;
}

}  // namespace jitgate
