#include "agent/api/decode.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

using Query = std::map<std::string, std::string>;
using Decoder = Result<ApiCall> (*)(const CallInput&);

Result<ApiCall> decode(Decoder decoder, std::string_view body, const Query& query = {}, std::string_view id = "g-1") {
  return decoder(CallInput{id, query, body});
}

std::string request_with(std::string_view port) {
  return R"({"ports": [)" + std::string(port) + "]}";
}

TEST(DecodeRequest, TakesEveryField) {
  const Result<ApiCall> call = decode(decode_request, R"({"ports": [
      {"number": 22, "protocol": "tcp", "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"},
      {"number": 53, "allowedSourceAddressPrefixes": ["2001:db8::/64", "198.51.100.0/24"], "endTimeUtc": "2026-11-21T19:00:00Z"}],
      "justification": "INC-1234"})");
  ASSERT_TRUE(call) << describe(call.error());
  const AccessRequest& request = std::get<RequestAccess>(*call).request;
  ASSERT_EQ(request.ports.size(), 2u);
  EXPECT_EQ(request.justification, "INC-1234");
  EXPECT_EQ(request.ports[0].protocol, Protocol::tcp);
  EXPECT_EQ(std::get<Duration>(request.ports[0].until), std::chrono::hours(1));
  EXPECT_EQ(request.ports[1].protocol, std::nullopt);
  ASSERT_EQ(request.ports[1].sources.size(), 2u);
  EXPECT_EQ(request.ports[1].sources[0].to_string(), "2001:db8::/64");
  EXPECT_TRUE(std::holds_alternative<WallTime>(request.ports[1].until));
}

TEST(DecodeRequest, FromAnotherAddressIsAnotherRequest) {
  const auto digest = [](const char* body, const char* address) {
    CallInput input{"", {}, body};
    input.client_request_id = "a";
    input.caller_address = AddressPrefix::parse(address).value();
    return std::get<RequestAccess>(decode_request(input).value()).request.client_request.value().body;
  };
  constexpr const char* kMine = R"({"ports": [{"number": 22, "duration": "PT1H"}]})";
  constexpr const char* kNamed =
      R"({"ports": [{"number": 22, "duration": "PT1H", "allowedSourceAddressPrefix": "192.0.2.1"}]})";
  EXPECT_EQ(digest(kMine, "203.0.113.7"), digest(kMine, "203.0.113.7"));
  EXPECT_NE(digest(kMine, "203.0.113.7"), digest(kMine, "203.0.113.8"));
  EXPECT_EQ(digest(kNamed, "203.0.113.7"), digest(kNamed, "203.0.113.8"));
}

struct BadPort {
  const char* port;
  const char* target;
};

class DecodeBadPort : public testing::TestWithParam<BadPort> {};

TEST_P(DecodeBadPort, IsRefusedByName) {
  const Result<ApiCall> call = decode(decode_request, request_with(GetParam().port));
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().code, errc::invalid_argument);
  EXPECT_EQ(call.error().target, GetParam().target) << describe(call.error());
}

INSTANTIATE_TEST_SUITE_P(
    , DecodeBadPort,
    testing::Values(
        BadPort{R"({"number": 0, "allowedSourceAddressPrefix": "1.2.3.4", "duration": "PT1H"})", "ports[0].number"},
        BadPort{R"({"number": 70000, "allowedSourceAddressPrefix": "1.2.3.4", "duration": "PT1H"})", "ports[0].number"},
        BadPort{R"({"number": "22", "allowedSourceAddressPrefix": "1.2.3.4", "duration": "PT1H"})", "ports[0].number"},
        BadPort{R"({"allowedSourceAddressPrefix": "1.2.3.4", "duration": "PT1H"})", "ports[0].number"},
        BadPort{R"({"number": 22, "protocol": "ICMP", "allowedSourceAddressPrefix": "1.2.3.4", "duration": "PT1H"})",
                "ports[0].protocol"},
        BadPort{R"({"number": 22, "duration": "PT1H"})", "ports[0].allowedSourceAddressPrefix"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefix": "10.0.0.0/33", "duration": "PT1H"})",
                "ports[0].allowedSourceAddressPrefix"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefix": "10.0.0.1/8", "duration": "PT1H"})",
                "ports[0].allowedSourceAddressPrefix"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefix": "::ffff:10.0.0.1", "duration": "PT1H"})",
                "ports[0].allowedSourceAddressPrefix"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefix": null, "duration": "PT1H"})",
                "ports[0].allowedSourceAddressPrefix"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefixes": [], "duration": "PT1H"})",
                "ports[0].allowedSourceAddressPrefixes"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefixes": ["1.2.3.4", 5], "duration": "PT1H"})",
                "ports[0].allowedSourceAddressPrefixes[1]"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefix": "1.2.3.4", "allowedSourceAddressPrefixes": ["1.2.3.4"],
                    "duration": "PT1H"})",
                "ports[0].allowedSourceAddressPrefix"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefix": "1.2.3.4"})", "ports[0].duration"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefix": "1.2.3.4", "duration": "1h"})", "ports[0].duration"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefix": "1.2.3.4", "duration": "PT0S"})", "ports[0].duration"},
        BadPort{
            R"({"number": 22, "allowedSourceAddressPrefix": "1.2.3.4", "duration": "PT1H", "endTimeUtc": "2026-11-21T19:00:00Z"})",
            "ports[0].duration"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefix": "1.2.3.4", "endTimeUtc": "tomorrow"})",
                "ports[0].endTimeUtc"},
        BadPort{R"({"number": 22, "allowedSourceAddressPrefix": "1.2.3.4", "duration": "PT1H", "extra": 1})",
                "ports[0].extra"},
        BadPort{"5", "ports[0]"}));

TEST(DecodeRequest, ReportsEveryMistakeAtOnce) {
  const Result<ApiCall> call = decode(decode_request, R"({"ports": [
      {"number": 0, "allowedSourceAddressPrefix": "10.0.0.0/33", "duration": "PT1H"}, {"number": 22, "duration": "soon"}]})");
  ASSERT_FALSE(call);
  std::vector<std::string> targets;
  for (const Error& detail : call.error().details) targets.push_back(detail.target);
  EXPECT_EQ(targets, (std::vector<std::string>{"ports[0].number", "ports[0].allowedSourceAddressPrefix",
                                               "ports[1].allowedSourceAddressPrefix", "ports[1].duration"}));
}

TEST(DecodeRequest, RefusesMoreOpeningsThanAGrantHolds) {
  std::string sources;
  for (int i = 0; i < 40; ++i)
    sources += (i == 0 ? "\"" : ", \"") + std::string("203.0.113.") + std::to_string(i) + "\"";
  const std::string port = R"({"number": 22, "duration": "PT1H", "allowedSourceAddressPrefixes": [)" + sources + "]}";
  EXPECT_TRUE(decode(decode_request, request_with(port)));
  const Result<ApiCall> call = decode(decode_request, request_with(port + ", " + port));
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().target, "ports");
}

struct BadBody {
  Decoder decoder;
  const char* body;
};

class DecodeBadBody : public testing::TestWithParam<BadBody> {};

TEST_P(DecodeBadBody, IsRefused) {
  const Result<ApiCall> call = decode(GetParam().decoder, GetParam().body);
  ASSERT_FALSE(call) << GetParam().body;
  EXPECT_EQ(call.error().code, errc::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(
    , DecodeBadBody,
    testing::Values(
        BadBody{decode_request, ""}, BadBody{decode_request, "{"}, BadBody{decode_request, "[]"},
        BadBody{decode_request, "{}"}, BadBody{decode_request, R"({"ports": []})"},
        BadBody{decode_request, R"({"ports": {}})"}, BadBody{decode_request, R"({"ports": [], "ports": []})"},
        BadBody{decode_request, "\xff"},
        BadBody{
            decode_request,
            R"({"ports": [{"number": 22, "allowedSourceAddressPrefix": "1.2.3.4", "duration": "PT1H"}], "requestor": "root"})"},
        BadBody{decode_request,
                "{\"ports\": [{\"number\": 22, \"allowedSourceAddressPrefix\": \"1.2.3.4\", \"duration\": \"PT1H\"}], "
                "\"justification\": \"a\\u001b[2J\"}"},
        BadBody{decode_revoke, "[]"}, BadBody{decode_revoke, R"({"terminate": 1})"},
        BadBody{decode_revoke, R"({"kill": true})"}, BadBody{decode_extend, ""}, BadBody{decode_extend, "{}"},
        BadBody{decode_extend, R"({"duration": "30m"})"}, BadBody{decode_extend, R"({"duration": "PT30M", "id": "x"})"},
        BadBody{decode_unlock, R"({"duration": "PT15M"})"},
        BadBody{decode_unlock, R"({"duration": "PT15M", "justification": "  "})"},
        BadBody{decode_unlock, R"({"duration": "PT15M", "justification": "fire", "source": "everywhere"})"},
        BadBody{decode_unlock, R"({"justification": "fire"})"}, BadBody{decode_enable, R"({"confirmWithin": 60})"},
        BadBody{decode_enable, R"({"confirmWithin": "PT1M", "confirmed": true})"},
        BadBody{decode_enable, R"({"force": "yes"})"}, BadBody{decode_disable, R"({"force": true})"},
        BadBody{decode_check_policy, R"({"yaml": 1})"}, BadBody{decode_check_policy, "{}"},
        BadBody{decode_status, "{}"}, BadBody{decode_list_grants, "{}"}, BadBody{decode_get_audit, "{}"},
        BadBody{decode_verify_audit, R"({"x": 1})"}));

TEST(Decode, UnknownQueryParametersAreRefused) {
  for (const Decoder decoder :
       {decode_health, decode_status, decode_get_policy, decode_list_grants, decode_get_audit, decode_verify_audit}) {
    const Result<ApiCall> call = decode(decoder, "", {{"page", "2"}});
    ASSERT_FALSE(call);
    EXPECT_EQ(call.error().target, "page");
  }
}

TEST(DecodeRevoke, TakesNoBodyForNoTermination) {
  EXPECT_FALSE(std::get<RevokeGrant>(*decode(decode_revoke, "")).terminate);
  EXPECT_TRUE(std::get<RevokeGrant>(*decode(decode_revoke, R"({"terminate": true})")).terminate);
  EXPECT_EQ(std::get<RevokeGrant>(*decode(decode_revoke, "{}")).id, "g-1");
}

TEST(DecodeGrantId, RefusesWhatNoGrantIsCalled) {
  for (const std::string& id :
       {std::string("a b"), std::string("a/b"), std::string(129, 'a'), std::string("é"), std::string()}) {
    EXPECT_FALSE(decode(decode_revoke, "", {}, id)) << id;
  }
}

TEST(DecodeListGrants, ReadsAll) {
  EXPECT_TRUE(std::get<ListGrants>(*decode(decode_list_grants, "", {{"all", "true"}})).include_ended);
  EXPECT_FALSE(std::get<ListGrants>(*decode(decode_list_grants, "")).include_ended);
  EXPECT_FALSE(decode(decode_list_grants, "", {{"all", "1"}}));
}

TEST(DecodeEnable, TakesEveryOption) {
  const Result<ApiCall> call =
      decode(decode_enable, R"({"confirmWithin": "PT1M", "force": true, "acceptClock": true})");
  ASSERT_TRUE(call);
  const EnableOptions& options = std::get<Enable>(*call).options;
  EXPECT_EQ(options.confirm_within, std::chrono::minutes(1));
  EXPECT_TRUE(options.force && options.accept_clock && !options.confirmed);
}

TEST(DecodeUnlock, TakesASource) {
  const Result<ApiCall> call =
      decode(decode_unlock, R"({"duration": "PT15M", "source": "203.0.113.7", "justification": "locked out"})");
  ASSERT_TRUE(call);
  EXPECT_EQ(std::get<Unlock>(*call).options.source->to_string(), "203.0.113.7");
}

TEST(DecodeGetAudit, ReadsItsParameters) {
  const Result<ApiCall> call =
      decode(decode_get_audit, "", {{"since", "2026-11-21T19:00:00+01:00"}, {"format", "csv"}, {"limit", "5"}});
  ASSERT_TRUE(call);
  const GetAudit& audit = std::get<GetAudit>(*call);
  EXPECT_EQ(audit.format, AuditFormat::csv);
  EXPECT_EQ(audit.query.limit, 5u);
  ASSERT_TRUE(audit.query.since);
}

TEST(DecodeGetAudit, ReadsEveryFilter) {
  const Result<ApiCall> call = decode(decode_get_audit, "",
                                      {{"since", "2026-11-20T00:00:00Z"},
                                       {"until", "2026-11-21T00:00:00Z"},
                                       {"user", "alice"},
                                       {"port", "22/tcp"},
                                       {"grant", "0198c2c0-1"},
                                       {"before", "77"},
                                       {"format", "jsonl"}});
  ASSERT_TRUE(call) << describe(call.error());
  const GetAudit& audit = std::get<GetAudit>(*call);
  EXPECT_EQ(audit.format, AuditFormat::json_lines);
  EXPECT_EQ(*audit.query.until - *audit.query.since, std::chrono::hours(24));
  EXPECT_EQ(audit.query.caller, "alice");
  EXPECT_EQ(audit.query.port->number.value(), 22);
  EXPECT_EQ(audit.query.port->protocol, Protocol::tcp);
  EXPECT_EQ(audit.query.grant_id, "0198c2c0-1");
  EXPECT_EQ(audit.query.before, 77u);
  EXPECT_EQ(std::get<GetAudit>(*decode(decode_get_audit, "", {{"port", "22"}})).query.port->protocol, std::nullopt);
}

TEST(DecodeGetAudit, RefusesMalformedParameters) {
  for (const Query& query : {Query{{"since", "7d"}},
                             Query{{"format", "xml"}},
                             Query{{"limit", "0"}},
                             Query{{"limit", "10001"}},
                             Query{{"limit", "1x"}},
                             Query{{"limit", ""}},
                             Query{{"until", "now"}},
                             Query{{"user", ""}},
                             Query{{"user", std::string(257, 'a')}},
                             Query{{"port", "0"}},
                             Query{{"port", "22/icmp"}},
                             Query{{"port", "22/"}},
                             Query{{"port", "22/tcp/x"}},
                             Query{{"port", "ssh"}},
                             Query{{"grant", ""}},
                             Query{{"grant", "a b"}},
                             Query{{"before", "0"}},
                             Query{{"before", "-1"}},
                             Query{{"before", "9223372036854775808"}},
                             Query{{"caller", "alice"}}}) {
    const Result<ApiCall> call = decode(decode_get_audit, "", query);
    ASSERT_FALSE(call) << query.begin()->second;
    EXPECT_EQ(call.error().target, query.begin()->first);
  }
}

TEST(DecodeGetAudit, ATimeThatIsNoneIsRefused) {
  const Query same{{"since", "2026-11-20T00:00:00Z"}, {"until", "2026-11-20T00:00:00Z"}};
  const Result<ApiCall> call = decode(decode_get_audit, "", same);
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().target, "until");
}

}  // namespace
}  // namespace jitgate
