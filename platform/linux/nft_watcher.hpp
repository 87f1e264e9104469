#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate::nft {

/// Tells of changes that others made to table inet jitgate. Our own never wake the event loop: the kernel filters them
/// out.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// `on_change(reason)` is called from the event loop, once per burst; it may call anything, and destroy the watcher.
  virtual void start(std::function<void(std::string)> on_change) = 0;
  /// Handles what is already waiting, in this call.
  virtual void drain() = 0;
};

/// `own_port_id` is the socket that our transactions go through. Events count from now on.
[[nodiscard]] Result<std::unique_ptr<Watcher>> make_watcher(boost::asio::io_context& io, std::uint32_t own_port_id);

}  // namespace jitgate::nft
