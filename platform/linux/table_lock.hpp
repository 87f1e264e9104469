#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "agent/model/result.hpp"
#include "platform/instance_lock.hpp"

namespace jitgate {

/// Held by the process that keeps table inet jitgate of this network namespace. The lock of a state directory does not
/// tell two processes apart that have one each: they would replace each other's rules for ever. It is the abstract name
/// of a Unix socket, of which each network namespace has its own (unix(7)).
///
/// errc::conflict: "another jitgated keeps the rules of this network (pid 4242)". errc::system_failed: it cannot be
/// had, also where the name is taken by somebody who may not change rules, who must not keep the locks down.
///
/// Whoever asks connects to the holder, which turns them away while `context` runs, so that there is always room for
/// the next; `context` outlives the lock.
[[nodiscard]] Result<std::unique_ptr<InstanceLock>> lock_table(boost::asio::io_context& context);

}  // namespace jitgate
