#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "agent/model/clock.hpp"
#include "platform/firewall_backend.hpp"
#include "platform/linux/netlink_socket.hpp"
#include "platform/linux/nft_batch.hpp"
#include "platform/linux/nft_installed.hpp"
#include "platform/linux/nft_mark.hpp"
#include "platform/linux/nft_reader.hpp"
#include "platform/linux/nft_table.hpp"

namespace jitgate::nft {

/// Puts table inet jitgate in the place of whatever has that name, and takes it away; each in one transaction.
class TableReplacer {
 public:
  /// `own`: with flags owner and persist, as long as the kernel does not refuse them. The clock and the sockets must
  /// outlive it.
  TableReplacer(const Clock& clock, const MarkBits& marks, bool own, const NetlinkSocket& owner, Reader& reader)
      : clock_(clock), marks_(marks), owning_(own), owner_(owner), reader_(reader) {}

  /// What the table holds then, or why it was refused: nothing has changed. Where a table stands already that differs
  /// in what is in it only, no packet gets past both (see empty_table()).
  [[nodiscard]] std::variant<Installed, BatchFailure> replace(const ReplaceTable& transaction, Batch& batch);
  [[nodiscard]] std::optional<BatchFailure> remove(Batch& batch);

 private:
  [[nodiscard]] std::optional<Installed> refill(const ReplaceTable& transaction, Batch& batch);
  [[nodiscard]] Installed fill(const ReplaceTable& transaction, Batch& batch) const;
  void remove_existing(Batch& batch) const;
  [[nodiscard]] bool adapt(const BatchFailure& failure);
  [[nodiscard]] std::uint32_t table_flags() const { return owning_ ? kTableOwner | kTablePersist : 0; }

  const Clock& clock_;
  MarkBits marks_;
  bool owning_;
  bool can_destroy_ = true;  ///< the kernel knows NFT_MSG_DESTROYTABLE
  const NetlinkSocket& owner_;
  Reader& reader_;
};

}  // namespace jitgate::nft
