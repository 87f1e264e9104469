#include "agent/control/host_survey.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace jitgate {
namespace {

boost::asio::awaitable<HostFacts> look(const SocketInventory* sockets, std::vector<std::string> saved_rulesets) {
  co_return survey_host(*sockets, saved_rulesets);
}

}  // namespace

HostFacts survey_host(const SocketInventory& sockets, const std::vector<std::string>& saved_rulesets) {
  return {sockets.read(), find_saved_rulesets(saved_rulesets)};
}

boost::asio::awaitable<HostFacts> HostSurvey::facts(const SocketInventory& sockets,
                                                    std::vector<std::string> saved_rulesets) {
  if (!thread_) thread_.emplace(1);
  co_return co_await boost::asio::co_spawn(*thread_, look(&sockets, std::move(saved_rulesets)),
                                           boost::asio::use_awaitable);
}

}  // namespace jitgate
