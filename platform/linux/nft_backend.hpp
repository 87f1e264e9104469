#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "agent/model/clock.hpp"
#include "platform/firewall_backend.hpp"
#include "platform/linux/nft_mark.hpp"

namespace jitgate {

struct NftBackendOptions {
  /// Boot time, which deadlines are counted from. Must outlive the backend.
  const Clock& clock;
  /// Table flags owner and persist (kernel 6.9; on older ones this has no effect). Without them others can change the
  /// table, and watch() tells when they did.
  bool own_table = true;
  /// The owner socket that an earlier process handed over (owner_socket()), or -1. The backend takes it; one that
  /// cannot be used is closed and replaced.
  int adopted_owner_socket = -1;
  /// The bits of the packet mark that are ours.
  nft::MarkBits marks = nft::MarkBits::standard();
};

/// The kernel's nf_tables, in the network namespace in which it was made: table inet jitgate and nothing else.
class NftBackend : public FirewallBackend {
 public:
  /// The socket that owns the table while the kernel knows flags owner and persist. A duplicate of it that is kept
  /// elsewhere (sd_notify FDSTORE=1) keeps others out until the next process adopts it.
  [[nodiscard]] virtual int owner_socket() const = 0;
};

/// Nothing is changed before the first commit(), which must be ReplaceTable or RemoveTable. The event loop serves
/// watch() only.
[[nodiscard]] Result<std::unique_ptr<NftBackend>> make_nft_backend(const NftBackendOptions& options,
                                                                   boost::asio::io_context& io);

}  // namespace jitgate
