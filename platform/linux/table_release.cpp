#include "platform/linux/table_release.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "platform/linux/file_handle.hpp"
#include "platform/linux/foreign_chains.hpp"
#include "platform/linux/netlink_owner.hpp"
#include "platform/linux/netlink_socket.hpp"
#include "platform/linux/nft_batch.hpp"
#include "platform/linux/nft_reader.hpp"
#include "platform/linux/nft_table.hpp"

namespace jitgate {
namespace {

constexpr const char* kWhat = "release table inet jitgate";

Error failure(const std::string& what) {
  return error(errc::firewall_failed, what + ": " + std::strerror(errno), kWhat);
}

/// The very socket that `owner` holds: the same port id, so the same owner to the kernel. Works on a stopped process.
Result<NetlinkSocket> duplicate(const NetlinkOwner& owner, std::uint32_t port_id) {
  const std::string who = owner.name + " (pid " + std::to_string(owner.pid) + "), which owns it";
  const FileHandle process(static_cast<int>(::syscall(SYS_pidfd_open, owner.pid, 0)));
  if (!process) return failure("open " + who);
  FileHandle copy(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), owner.fd, 0)));
  if (!copy) return failure("take the socket of " + who);
  Result<NetlinkSocket> socket = NetlinkSocket::adopt(copy.release());
  // Between the two looks the process may have ended, and its number or descriptor been used anew.
  if (!socket || socket->port_id() != port_id) return error(errc::firewall_failed, who + ", has just gone", kWhat);
  return socket;
}

/// Without asking for an answer: it would go to the owner's receive queue. Beyond the owner's sequence numbers, so that
/// it takes the deletion for somebody else's.
Result<void> delete_through(const NetlinkSocket& socket) {
  nft::Batch batch;
  batch.begin(kLastOwnSequence + 1);
  nft::delete_table(batch);
  batch.end();
  if (const int sent = socket.send(batch.bytes()); sent != 0) {
    return error(errc::firewall_failed, std::strerror(sent), kWhat);
  }
  return {};
}

Result<void> delete_owned(std::uint32_t port_id) {
  const Result<NetlinkOwner> owner = find_netlink_owner(port_id);
  if (!owner) return error(errc::firewall_failed, "it is owned by a socket that " + describe(owner.error()), kWhat);
  const Result<NetlinkSocket> socket = duplicate(*owner, port_id);
  if (!socket) return socket.error();
  return delete_through(*socket);
}

/// Our rules in the chains of others say nothing without the table, but what was there before is to come back exactly.
Result<void> remove_from_foreign_chains() {
  Result<nft::ForeignChains> chains = nft::ForeignChains::open(nft::MarkBits::standard());
  if (!chains) return chains.error();
  const Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket) return socket.error();
  nft::Batch batch;
  const auto removed = chains->sync(nft::ForeignChains::Goal::nothing, [&](std::uint32_t generation, const auto& fill) {
    batch.begin(1, generation);
    fill(batch);
    batch.end();
    return batch.submit(*socket);
  });
  if (removed) return removed;
  return error(errc::firewall_failed,
               "the locks are gone, but rules of ours are left in the chains of others: " + describe(removed.error()),
               kWhat);
}

}  // namespace

Result<void> release_table() {
  Result<nft::Reader> reader = nft::Reader::open();
  if (!reader) return reader.error();
  auto table = reader->table();
  if (!table) return table.error();
  if (!*table) return remove_from_foreign_chains();
  const std::uint32_t owner = ((*table)->flags & nft::kTableOwner) != 0 ? (*table)->owner : 0;
  Result<void> deleted;
  if (owner != 0) {
    deleted = delete_owned(owner);
  } else {
    const Result<NetlinkSocket> socket = NetlinkSocket::open();
    if (!socket) return socket.error();
    deleted = delete_through(*socket);
  }
  if (!deleted) return deleted;
  table = reader->table();
  if (!table) return table.error();
  if (*table) return error(errc::firewall_failed, "the table is still there, or was built anew at once", kWhat);
  return remove_from_foreign_chains();
}

}  // namespace jitgate
