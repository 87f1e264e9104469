#include "agent/api/azure_resource.hpp"

#include <gtest/gtest.h>

#include "agent/api/azure_error.hpp"
#include "agent/model/timestamp.hpp"
#include "tests/unit/api/azure_recording.hpp"

namespace jitgate {
namespace {

AzureScope recorded_scope() {
  return {"20ff7fc3-e762-44dd-bd96-b71116dcdc23", "myRg1", "westeurope"};
}

AddressPrefix prefix(const char* text) {
  return AddressPrefix::parse(text).value();
}

PortNumber number(int value) {
  return PortNumber::from(value).value();
}

Policy recorded_policy() {
  Policy policy;
  policy.ports.push_back({number(22),
                          Protocol::tcp,
                          {AddressPrefix::any(Family::ipv4), AddressPrefix::any(Family::ipv6)},
                          std::chrono::hours(3)});
  policy.ports.push_back(
      {number(3389), Protocol::any, {prefix("10.0.0.0/8"), prefix("192.0.2.7")}, std::chrono::hours(3)});
  return policy;
}

GrantRecord recorded_grant(std::string justification) {
  Grant grant{
      "grant-1",
      {},
      "vm1",
      "barbara@contoso.com",
      std::nullopt,
      parse_timestamp("2030-05-17T08:06:45.569161199Z").value(),
      std::move(justification),
      {{number(22), Protocol::tcp, prefix("192.127.0.2"), parse_timestamp("2030-05-17T09:06:45.5691611Z").value()}}};
  return GrantRecord{std::move(grant), {}, "local", {PortState{}}};
}

TEST(AzureResource, IsWhatTheSdkWasSeenToTake) {
  const std::vector<GrantRecord> grants{recorded_grant("testing")};
  EXPECT_EQ(boost::json::value(azure_policy({recorded_scope(), "vm1"}, recorded_policy(), grants)),
            AzureRecording("get").answer());
}

TEST(AzureResource, AReceiptThatIsNotOpenYetIsInitiating) {
  GrantReceipt receipt{recorded_grant("testing a new version of the product"), false, "retried", 0};
  const AzureView view{recorded_scope(), "vm1"};
  EXPECT_EQ(boost::json::value(azure_receipt(view, receipt)), AzureRecording("initiate").answer());
  receipt.open = true;
  EXPECT_EQ(azure_receipt(view, receipt).at("virtualMachines").at(0).at("ports").at(0).at("status").as_string(),
            "Initiated");
}

TEST(AzureResource, SaysWhyAPortEnded) {
  GrantRecord record = recorded_grant("");
  for (const auto& [reason, text] :
       {std::pair{StatusReason::expired, "Expired"}, std::pair{StatusReason::user_requested, "UserRequested"},
        std::pair{StatusReason::newer_request_initiated, "NewerRequestInitiated"},
        std::pair{StatusReason::policy_changed, "PolicyChanged"}}) {
    record.states[0].status = Status::revoked;
    record.states[0].reason = reason;
    const boost::json::object request = azure_request({recorded_scope(), "vm1"}, record);
    const boost::json::value& port = request.at("virtualMachines").at(0).at("ports").at(0);
    EXPECT_EQ(port.at("status").as_string(), "Revoked");
    EXPECT_EQ(port.at("statusReason").as_string(), text);
  }
}

TEST(AzureTime, HasSevenDigitsAlways) {
  EXPECT_EQ(azure_time(parse_timestamp("2026-11-21T18:00:00Z").value()), "2026-11-21T18:00:00.0000000Z");
  EXPECT_EQ(azure_time(parse_timestamp("2026-11-21T18:00:00.000000199Z").value()), "2026-11-21T18:00:00.0000001Z");
  EXPECT_EQ(azure_time(parse_timestamp("2026-11-21T18:00:00.999999999Z").value()), "2026-11-21T18:00:00.9999999Z");
}

struct Answered {
  errc code;
  http::status status;
  const char* name;
};

class AzureError : public testing::TestWithParam<Answered> {};

TEST_P(AzureError, HasArmsCodeAndStatus) {
  const HttpReply reply = azure_error_reply(error(GetParam().code, "why", "where"));
  EXPECT_EQ(reply.status, GetParam().status);
  EXPECT_EQ(reply.content_type, "application/json; charset=utf-8");
  EXPECT_EQ(
      boost::json::parse(reply.body),
      (boost::json::value{
          {"error",
           {{"code", GetParam().name}, {"message", "why"}, {"target", "where"}, {"details", boost::json::array{}}}}}));
}

INSTANTIATE_TEST_SUITE_P(
    , AzureError,
    testing::Values(Answered{errc::invalid_argument, http::status::bad_request, "InvalidRequest"},
                    Answered{errc::refused, http::status::bad_request, "InvalidRequest"},
                    Answered{errc::not_permitted, http::status::forbidden, "AuthorizationFailed"},
                    Answered{errc::not_found, http::status::not_found, "ResourceNotFound"},
                    Answered{errc::conflict, http::status::conflict, "Conflict"},
                    Answered{errc::too_many, http::status::too_many_requests, "TooManyRequests"},
                    Answered{errc::store_failed, http::status::service_unavailable, "ServiceUnavailable"},
                    Answered{errc::system_failed, http::status::internal_server_error, "InternalServerError"}));

}  // namespace
}  // namespace jitgate
