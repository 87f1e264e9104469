#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "agent/api/api_call.hpp"
#include "agent/api/http_message.hpp"

namespace jitgate {

using Answer = boost::asio::awaitable<HttpReply>;

/// Each makes one call of the agent and renders what came of it. The caller has the role for it already.
[[nodiscard]] Answer answer(Agent& agent, Caller caller, GetHealth call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, GetStatus call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, GetPolicy call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, CheckPolicy call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, PutPolicy call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, DeletePolicy call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, RequestAccess call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, ListGrants call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, RevokeGrant call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, ExtendGrant call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, Unlock call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, Enable call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, Disable call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, Acknowledge call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, Explain call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, GetAudit call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, VerifyAudit call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, GetMetrics call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, GetDoctor call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, ListRequests call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, ApproveRequest call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, DenyRequest call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, ListAzurePolicies call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, GetAzurePolicy call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, PutAzurePolicy call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, DeleteAzurePolicy call);
[[nodiscard]] Answer answer(Agent& agent, Caller caller, InitiateAzureRequest call);

/// 200 (or `status`) with this JSON.
[[nodiscard]] HttpReply json_reply(const boost::json::value& value, http::status status = http::status::ok);

/// The grant as `jitgate grants --json` shows it, with `open`, `pendingReason` where it is not, and `terminated` where
/// connections were cut.
[[nodiscard]] boost::json::value receipt_to_json(const GrantReceipt& receipt, const Clock& clock);

/// 201 for a new grant that is open, 202 for one that is recorded and not open yet.
[[nodiscard]] HttpReply created_reply(const GrantReceipt& receipt, const Clock& clock);

/// Metrics in the format that Prometheus reads.
[[nodiscard]] HttpReply metrics_reply(std::string text);

/// The body of GET /v1/status.
[[nodiscard]] boost::json::value status_to_json(const StatusReport& report);

/// One exposure as GET /v1/status and GET /v1/explain show it.
[[nodiscard]] boost::json::object exposure_to_json(const ExposureStatus& exposure);

/// The body of GET /v1/doctor.
[[nodiscard]] boost::json::value doctor_to_json(const doctor::DoctorReport& report);

/// The body of GET /v1/policy: the configuration's own names.
[[nodiscard]] boost::json::value policy_to_json(const Config& config);

}  // namespace jitgate
