#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdint>

#include "agent/model/grant_document.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

namespace json = boost::json;

json::object port_object(const GrantPort& port) {
  return {{"number", std::int64_t{port.number.value()}},
          {"protocol", to_string(port.protocol)},
          {"allowedSourceAddressPrefix", port.source.to_string()},
          {"endTimeUtc", to_string(port.end)}};
}

json::object head_object(const Grant& grant) {
  json::object object{{"apiVersion", "jitgate/v1"},
                      {"kind", "AccessGrant"},
                      {"id", grant.id},
                      {"virtualMachine", grant.virtual_machine},
                      {"requestor", grant.requestor}};
  if (grant.approver) object["approver"] = *grant.approver;
  object["startTimeUtc"] = to_string(grant.start);
  object["justification"] = grant.justification;
  return object;
}

struct Now {
  WallTime wall;
  BootTime boot;
  std::string_view boot_id;
};

std::int64_t remaining_seconds(const GrantPort& port, const PortState& state, const Now& now) {
  if (state.status != Status::initiated || state.reason == StatusReason::pending) return 0;
  Duration left = port.end - now.wall;
  if (state.boot_id == now.boot_id) left = std::min(left, state.boot_deadline - now.boot);
  return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(left).count());
}

}  // namespace

std::string write_grant_document(const Grant& grant) {
  json::object object = head_object(grant);
  json::array ports;
  for (const GrantPort& port : grant.ports) ports.push_back(port_object(port));
  object["ports"] = std::move(ports);
  return json::serialize(object);
}

json::value to_json(const GrantRecord& record, WallTime wall_now, BootTime boot_now, std::string_view boot_id) {
  json::object object = head_object(record.grant);
  json::array ports;
  for (std::size_t i = 0; i < record.grant.ports.size(); ++i) {
    const GrantPort& port = record.grant.ports[i];
    const PortState& state = record.states.at(i);
    json::object entry = port_object(port);
    entry["status"] = to_string(state.status);
    entry["statusReason"] = to_string(state.reason);
    entry["remainingSeconds"] = remaining_seconds(port, state, {wall_now, boot_now, boot_id});
    ports.push_back(std::move(entry));
  }
  object["ports"] = std::move(ports);
  object["source"] = record.source;
  return object;
}

}  // namespace jitgate
