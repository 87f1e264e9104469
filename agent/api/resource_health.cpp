#include <boost/json/object.hpp>

#include "agent/api/resource.hpp"

namespace jitgate {

/// Alive means that the event loop answers; whether the host is protected is a matter of GET /v1/status and a role.
Answer answer(Agent&, Caller, GetHealth) {
  co_return json_reply(boost::json::object{{"status", "ok"}});
}

}  // namespace jitgate
