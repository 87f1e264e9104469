#include "cli/pending_wait.hpp"

#include <boost/json/array.hpp>

#include "cli/grant_text.hpp"
#include "cli/json_view.hpp"

namespace jitgate::cli {
namespace {

constexpr std::chrono::seconds kBetween(1);
/// How often in a row the daemon may be away: a restart, an upgrade.
constexpr int kMostFailures = 60;

Outcome<boost::json::value> look_up(Invocation& invocation, const std::string& target, const std::string& id) {
  const Outcome<boost::json::value> list = invocation.client().get(target);
  if (!list) return list.error();
  if (const boost::json::array* grants = list->if_array()) {
    for (const boost::json::value& grant : *grants) {
      if (text_at(grant, "id") == id) return grant;
    }
  }
  return boost::json::value(nullptr);
}

/// The few that wait are asked for first: the history may be long.
Outcome<boost::json::value> look(Invocation& invocation, const std::string& id) {
  Outcome<boost::json::value> waiting = look_up(invocation, "/v1/requests", id);
  if (!waiting || !waiting->is_null()) return waiting;
  return look_up(invocation, "/v1/grants?all=true", id);
}

}  // namespace

Outcome<boost::json::value> wait_for_decision(Invocation& invocation, const std::string& id) {
  int failures = 0;
  for (;;) {
    Outcome<boost::json::value> seen = look(invocation, id);
    if (seen) {
      failures = 0;
      if (seen->is_null()) return Failure{ExitCode::failed, "the request " + id + " is not known any more"};
      if (!is_pending(*seen)) return seen;
    } else if (seen.error().code != ExitCode::unreachable || ++failures == kMostFailures) {
      return seen.error();
    }
    invocation.environment.pause(kBetween);
  }
}

std::string refusal_text(const boost::json::value& grant) {
  for (const boost::json::value& port : list_at(grant, "ports")) {
    if (text_at(port, "status") == "Revoked") return "not open: " + text_at(port, "statusReason");
  }
  return {};
}

}  // namespace jitgate::cli
