#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "agent/model/result.hpp"
#include "platform/linux/nft_reply.hpp"

namespace jitgate::nft {

/// Whom to tell of changes. Each is called from the event loop, once per burst; it may call anything, and destroy the
/// watcher.
struct WatchCalls {
  std::function<void(std::string reason)> own_table;  ///< somebody else changed table inet jitgate
  std::function<void()> foreign_chains;               ///< chains or rules of others changed; comes second
  ChangeLog::SetMatters set_matters;                  ///< asked while events are read
};

/// Tells of changes that others made. Our own never wake the event loop: the kernel filters them
/// out.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void start(WatchCalls calls) = 0;
  /// Handles what is already waiting, in this call.
  virtual void drain() = 0;
};

/// `own_port_id` is the socket that our transactions go through. Events count from now on.
[[nodiscard]] Result<std::unique_ptr<Watcher>> make_watcher(boost::asio::io_context& io, std::uint32_t own_port_id);

}  // namespace jitgate::nft
