#include "platform/linux/nft_refusal.hpp"

#include <cerrno>

#include "platform/linux/netlink_owner.hpp"

namespace jitgate::nft {

Error explain(const BatchFailure& failure, Reader& reader, std::uint32_t own_port_id) {
  Error explained = failure.to_error();
  if (failure.error_number != EPERM) return explained;
  const auto table = reader.table();
  if (!table || !*table || (*table)->owner == 0 || (*table)->owner == own_port_id) return explained;
  const auto owner = find_netlink_owner((*table)->owner);
  explained.message = "another process owns table inet jitgate: ";
  explained.message += owner ? owner->name + " (pid " + std::to_string(owner->pid) + ")"
                             : "netlink port " + std::to_string((*table)->owner);
  return explained;
}

}  // namespace jitgate::nft
