#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/api/azure_scope.hpp"
#include "agent/control/access_request.hpp"
#include "agent/control/agent.hpp"

namespace jitgate {

/// Everything that can be asked of the API, decoded and valid in itself: one type a call.
struct GetHealth {};
struct GetStatus {};
struct GetPolicy {};
struct CheckPolicy {
  std::string yaml;
  std::string name;  ///< of the file, for the messages
};
struct PutPolicy {
  std::optional<std::vector<PolicyPort>> ports;  ///< nullopt: the default
};
struct DeletePolicy {};
struct RequestAccess {
  AccessRequest request;
};
struct ListGrants {
  bool include_ended = false;
};
struct RevokeGrant {
  std::string id;
  bool terminate = false;
};
struct ExtendGrant {
  std::string id;
  Duration duration;
};
struct Unlock {
  UnlockOptions options;
};
struct Enable {
  EnableOptions options;
};
struct Disable {};
struct Acknowledge {
  PortNumber number;
  Protocol protocol;
};
struct Explain {
  ExplainQuery query;
};
enum class AuditFormat : std::uint8_t { json, json_lines, csv, table };
struct GetAudit {
  AuditQuery query;
  AuditFormat format = AuditFormat::json;
};
struct VerifyAudit {
  std::optional<AuditHead> noted;
};
struct GetMetrics {};
struct GetDoctor {};
struct ListRequests {};
struct ApproveRequest {
  std::string id;
};
struct DenyRequest {
  std::string id;
};

struct ListAzurePolicies {
  AzureScope scope;
};
struct GetAzurePolicy {
  AzurePath path;
};
struct PutAzurePolicy {
  AzurePath path;
  std::string machine;                           ///< the virtual machine's name
  std::optional<std::vector<PolicyPort>> ports;  ///< nullopt: the default
};
struct DeleteAzurePolicy {
  AzurePath path;
};
struct InitiateAzureRequest {
  AzurePath path;
  std::string machine;  ///< the virtual machine's name
  AccessRequest request;
};

using ApiCall =
    std::variant<GetHealth, GetStatus, GetPolicy, CheckPolicy, PutPolicy, DeletePolicy, RequestAccess, ListGrants,
                 RevokeGrant, ExtendGrant, Unlock, Enable, Disable, Acknowledge, Explain, GetAudit, VerifyAudit,
                 GetMetrics, GetDoctor, ListRequests, ApproveRequest, DenyRequest, ListAzurePolicies, GetAzurePolicy,
                 PutAzurePolicy, DeleteAzurePolicy, InitiateAzureRequest>;

}  // namespace jitgate
