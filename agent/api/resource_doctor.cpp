#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "agent/api/resource.hpp"

namespace jitgate {
namespace {

boost::json::array texts(const std::vector<std::string>& all) {
  boost::json::array array;
  for (const std::string& one : all) array.emplace_back(one);
  return array;
}

boost::json::object port_to_json(const doctor::ManagementPort& port) {
  return {{"number", port.port.number.value()},
          {"transport", to_string(port.port.transport)},
          {"addresses", texts(port.addresses)},
          {"processes", texts(port.processes)},
          {"protection", to_string(port.protection)}};
}

boost::json::object finding_to_json(const doctor::Finding& finding) {
  return {{"code", finding.code},
          {"severity", to_string(finding.severity)},
          {"message", finding.message},
          {"remedy", finding.remedy}};
}

}  // namespace

boost::json::value doctor_to_json(const doctor::DoctorReport& report) {
  boost::json::array ports;
  for (const doctor::ManagementPort& port : report.ports) ports.push_back(port_to_json(port));
  boost::json::array findings;
  for (const doctor::Finding& finding : report.findings) findings.push_back(finding_to_json(finding));
  boost::json::object object{{"verdict", to_string(report.verdict)}};
  object["ports"] = std::move(ports);
  object["findings"] = std::move(findings);
  return object;
}

Answer answer(Agent& agent, Caller, GetDoctor) {
  const doctor::DoctorReport report = co_await agent.doctor();
  co_return json_reply(doctor_to_json(report));
}

}  // namespace jitgate
