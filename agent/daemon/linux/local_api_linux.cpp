#include "agent/daemon/local_api.hpp"

namespace jitgate {

Result<std::unique_ptr<ApiServer>> serve_local_api(boost::asio::io_context& context, LocalAgent& agent) {
  ApiOptions options;
  options.socket = agent.config().socket;
  return make_api_server(context, agent, options);
}

}  // namespace jitgate
