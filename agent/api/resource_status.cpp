#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <jitgate/version.hpp>

#include "agent/api/resource.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

boost::json::value time_or_null(const std::optional<WallTime>& time) {
  if (!time) return nullptr;
  return boost::json::value(to_string(*time));
}

boost::json::object lately_to_json(const PortStatus& port) {
  boost::json::object lately{{"approvedRequests", port.approved_requests},
                             {"lastAccess", time_or_null(port.last_access)},
                             {"lastUser", nullptr}};
  if (port.last_access) lately["lastUser"] = port.last_user;
  return lately;
}

boost::json::object port_to_json(const PortStatus& port) {
  boost::json::array exposures;
  for (const ExposureStatus& exposure : port.exposures) exposures.push_back(exposure_to_json(exposure));
  const bool locked = port.locked && port.exposures.empty();
  return {{"number", port.number.value()},
          {"protocol", to_string(port.protocol)},
          {"locked", port.locked},
          {"effective", locked ? "locked" : "exposed"},
          {"exposures", std::move(exposures)},
          {"activeGrants", port.active_grants},
          {"lastSevenDays", lately_to_json(port)}};
}

boost::json::object source_to_json(const SourceStatus& source) {
  boost::json::object object{{"name", source.name}, {"type", source.type}, {"state", source.state}};
  object["lastSync"] = time_or_null(source.last_sync);
  object["lastError"] = nullptr;
  if (source.last_error) object["lastError"] = *source.last_error;
  return object;
}

}  // namespace

boost::json::value status_to_json(const StatusReport& report) {
  boost::json::array reasons;
  for (const std::string& reason : report.reasons) reasons.emplace_back(reason);
  boost::json::array ports;
  for (const PortStatus& port : report.ports) ports.push_back(port_to_json(port));
  boost::json::array sources;
  for (const SourceStatus& source : report.sources) sources.push_back(source_to_json(source));

  boost::json::object status{{"host", report.host},
                             {"version", kVersion},
                             {"mode", report.mode},
                             {"policyAuthority", report.policy_authority},
                             {"state", to_string(report.state)},
                             {"inSync", report.in_sync}};
  status["reasons"] = std::move(reasons);
  status["backend"] = boost::json::object{{"name", report.backend}, {"ownsTable", report.owns_table}};
  status["ports"] = std::move(ports);
  status["grants"] = boost::json::object{{"active", report.active_grants}, {"pending", report.waiting_grants}};
  status["drift"] = report.drift;
  status["deniedPackets"] = report.denied_packets;
  status["trialEndsUtc"] = time_or_null(report.trial_ends);
  status["sources"] = std::move(sources);
  return status;
}

Answer answer(Agent& agent, Caller, GetStatus) {
  co_return json_reply(status_to_json(agent.status()));
}

}  // namespace jitgate
