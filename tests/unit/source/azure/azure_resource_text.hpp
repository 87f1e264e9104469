#pragma once

#include <string>
#include <vector>

namespace jitgate {

inline const std::string kScope = "/subscriptions/20ff7fc3-e762-44dd-bd96-b71116dcdc23/resourceGroups/myRg1";
inline const std::string kResource =
    kScope + "/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/default";

inline std::string machine_id(const std::string& name) {
  return kScope + "/providers/Microsoft.Compute/virtualMachines/" + name;
}

inline std::string listed(const std::vector<std::string>& elements) {
  std::string text;
  for (const std::string& element : elements) text += (text.empty() ? "" : ",") + element;
  return "[" + text + "]";
}

/// An element of virtualMachines, with these elements of `ports`.
inline std::string machine(const std::string& name, const std::vector<std::string>& ports) {
  return R"({"id":")" + machine_id(name) + R"(","ports":)" + listed(ports) + "}";
}

inline std::string policy_port(const std::string& number = "22", const std::string& protocol = "TCP") {
  return R"({"number":)" + number + R"(,"protocol":")" + protocol +
         R"(","allowedSourceAddressPrefix":"*","maxRequestAccessDuration":"PT3H"})";
}

inline std::string request_port(const std::string& number = "22", const std::string& source = "192.0.2.7",
                                const std::string& status = "Initiated") {
  return R"({"number":)" + number + R"(,"allowedSourceAddressPrefix":")" + source +
         R"(","endTimeUtc":"2030-05-17T09:06:45.5691611Z","status":")" + status +
         R"(","statusReason":"UserRequested"})";
}

/// An element of requests.
inline std::string request(const std::vector<std::string>& machines,
                           const std::string& requestor = "barbara@contoso.com") {
  return R"({"virtualMachines":)" + listed(machines) +
         R"(,"startTimeUtc":"2030-05-17T08:06:45.5691611Z","requestor":")" + requestor +
         R"(","justification":"testing"})";
}

/// A whole resource.
inline std::string resource(const std::vector<std::string>& machines, const std::vector<std::string>& requests = {}) {
  return R"({"kind":"Basic","properties":{"virtualMachines":)" + listed(machines) + R"(,"requests":)" +
         listed(requests) + R"(,"provisioningState":"Succeeded"},"id":")" + kResource + R"("})";
}

}  // namespace jitgate
