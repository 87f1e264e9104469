#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <string>
#include <vector>

#include "platform/saved_rulesets.hpp"
#include "platform/socket_inventory.hpp"

namespace jitgate {

/// What the doctor looks at beyond the daemon's own state.
struct HostFacts {
  Result<SocketReport> sockets;
  std::vector<SavedRuleset> saved;
};

/// Blocks: it goes through every process of the host.
[[nodiscard]] HostFacts survey_host(const SocketInventory& sockets, const std::vector<std::string>& saved_rulesets);

/// The same beside the event loop, on a thread that is made when it is first asked for.
class HostSurvey {
 public:
  [[nodiscard]] boost::asio::awaitable<HostFacts> facts(const SocketInventory& sockets,
                                                        std::vector<std::string> saved_rulesets);

 private:
  std::optional<boost::asio::thread_pool> thread_;
};

}  // namespace jitgate
