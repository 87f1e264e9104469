#include "agent/model/grant_document.hpp"

#include <gtest/gtest.h>

#include <string>

#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

constexpr std::string_view kDocument =
    R"({"apiVersion": "jitgate/v1", "kind": "AccessGrant", "id": "0198c2c0-7a1b-7000-8000-000000000001",
 "virtualMachine": "web-17", "requestor": "requester@example.com", "approver": "approver@example.com",
 "startTimeUtc": "2026-11-21T18:00:00Z", "justification": "INC-1234",
 "ports": [{"number": 22, "protocol": "TCP", "allowedSourceAddressPrefix": "203.0.113.7",
            "endTimeUtc": "2026-11-21T19:00:00Z"}]})";

std::string replaced(std::string_view what, const std::string& by) {
  std::string text(kDocument);
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(GrantDocument, IsReadAsTheContractShowsIt) {
  const auto grant = parse_grant_document(kDocument);
  ASSERT_TRUE(grant) << describe(grant.error());
  EXPECT_EQ(grant->id, "0198c2c0-7a1b-7000-8000-000000000001");
  EXPECT_EQ(grant->virtual_machine, "web-17");
  EXPECT_EQ(grant->requestor, "requester@example.com");
  EXPECT_EQ(grant->approver, "approver@example.com");
  EXPECT_EQ(to_string(grant->start), "2026-11-21T18:00:00Z");
  EXPECT_EQ(grant->justification, "INC-1234");
  ASSERT_EQ(grant->ports.size(), 1U);
  EXPECT_EQ(grant->ports[0].number.value(), 22);
  EXPECT_EQ(grant->ports[0].protocol, Protocol::tcp);
  EXPECT_EQ(grant->ports[0].source.to_string(), "203.0.113.7");
  EXPECT_EQ(to_string(grant->ports[0].end), "2026-11-21T19:00:00Z");
}

TEST(GrantDocument, DigestIsOfTheExactBytes) {
  const auto grant = parse_grant_document(kDocument);
  const auto spaced = parse_grant_document(std::string(kDocument) + "\n");
  ASSERT_TRUE(grant && spaced);
  EXPECT_EQ(grant->digest, sha256(kDocument));
  EXPECT_NE(grant->digest, spaced->digest);
}

TEST(GrantDocument, OptionalFieldsMayBeMissing) {
  const auto grant = parse_grant_document(replaced(R"( "approver": "approver@example.com",)", ""));
  ASSERT_TRUE(grant) << describe(grant.error());
  EXPECT_EQ(grant->approver, std::nullopt);
  const auto plain = parse_grant_document(replaced(R"( "justification": "INC-1234",)", ""));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->justification, "");
}

TEST(GrantDocument, WrittenOneIsReadBack) {
  Grant grant = parse_grant_document(kDocument).value();
  grant.justification = "line one\n\"quoted\" \\ caf\xc3\xa9\t";
  grant.start += std::chrono::nanoseconds(1);
  grant.ports.push_back({PortNumber::from(53).value(), Protocol::any, AddressPrefix::parse("2001:db8::/56").value(),
                         grant.start + std::chrono::minutes(1)});
  for (const std::optional<std::string>& approver :
       {std::optional<std::string>(), std::optional<std::string>("someone")}) {
    grant.approver = approver;
    const std::string text = write_grant_document(grant);
    Grant back = parse_grant_document(text).value();
    EXPECT_EQ(back.digest, sha256(text));
    back.digest = grant.digest;
    EXPECT_EQ(back, grant);
  }
}

struct BadCase {
  std::string what;
  std::string by;
  std::string target;
};

class WrongGrantDocument : public ::testing::TestWithParam<BadCase> {};

TEST_P(WrongGrantDocument, IsRefusedWithItsField) {
  const auto grant = parse_grant_document(replaced(GetParam().what, GetParam().by));
  ASSERT_FALSE(grant);
  EXPECT_EQ(grant.error().code, errc::invalid_argument);
  EXPECT_EQ(grant.error().target, GetParam().target) << describe(grant.error());
}

const std::string kStart = "\"2026-11-21T18:00:00Z\"";
const std::string kEnd = "\"2026-11-21T19:00:00Z\"";
const std::string kId = "\"0198c2c0-7a1b-7000-8000-000000000001\"";
const std::string kRequestor = "\"requester@example.com\"";
const std::string kPort = R"({"number": 22, "protocol": "TCP", "allowedSourceAddressPrefix": "203.0.113.7",
            "endTimeUtc": "2026-11-21T19:00:00Z"})";

INSTANTIATE_TEST_SUITE_P(
    Fields, WrongGrantDocument,
    ::testing::Values(
        BadCase{"jitgate/v1", "jitgate/v2", "apiVersion"}, BadCase{R"("apiVersion": "jitgate/v1",)", "", "apiVersion"},
        BadCase{"AccessGrant", "Revocation", "kind"}, BadCase{"AccessGrant", "accessgrant", "kind"},
        BadCase{kId, "\"\"", "id"}, BadCase{kId, "\"" + std::string(129, 'a') + "\"", "id"},
        BadCase{kId, "\"a/b\"", "id"}, BadCase{kId, "\"a\\u0000\"", "id"}, BadCase{kId, "7", "id"},
        BadCase{kId, "null", "id"}, BadCase{"\"web-17\"", "\"\"", "virtualMachine"},
        BadCase{"\"web-17\"", "[\"web-17\"]", "virtualMachine"}, BadCase{kRequestor, "\"\"", "requestor"},
        BadCase{kRequestor, "\"a\\nb\"", "requestor"}, BadCase{kRequestor, "\"\\u001b[2J\"", "requestor"},
        BadCase{kRequestor, "\"\\u009b\"", "requestor"},
        BadCase{kRequestor, "\"" + std::string(257, 'a') + "\"", "requestor"},
        BadCase{"\"approver@example.com\"", "null", "approver"},
        BadCase{"\"approver@example.com\"", "\"\"", "approver"},
        BadCase{"\"INC-1234\"", "\"" + std::string(1025, 'a') + "\"", "justification"},
        BadCase{"\"INC-1234\"", "\"\\u0007\"", "justification"}, BadCase{"\"INC-1234\"", "17", "justification"},
        BadCase{kStart, "\"2026-11-21T18:00:00\"", "startTimeUtc"}, BadCase{kStart, "1763748000", "startTimeUtc"},
        BadCase{kStart, kEnd, "ports[0].endTimeUtc"},
        BadCase{kStart, "\"2026-11-21T20:00:00Z\"", "ports[0].endTimeUtc"},
        BadCase{kEnd, "\"never\"", "ports[0].endTimeUtc"}, BadCase{"22", "0", "ports[0].number"},
        BadCase{"22", "70000", "ports[0].number"}, BadCase{"22", "-22", "ports[0].number"},
        BadCase{"22", "22.0", "ports[0].number"}, BadCase{"22", "\"22\"", "ports[0].number"},
        BadCase{"22", "18446744073709551615", "ports[0].number"}, BadCase{"\"TCP\"", "\"ICMP\"", "ports[0].protocol"},
        BadCase{"\"protocol\": \"TCP\", ", "", "ports[0].protocol"},
        BadCase{"203.0.113.7", "203.0.113.7/24", "ports[0].allowedSourceAddressPrefix"},
        BadCase{"203.0.113.7", "*", "ports[0].allowedSourceAddressPrefix"},
        BadCase{"203.0.113.7", "fe80::1%eth0", "ports[0].allowedSourceAddressPrefix"},
        BadCase{"\"203.0.113.7\"", "[\"203.0.113.7\"]", "ports[0].allowedSourceAddressPrefix"},
        BadCase{"\"kind\"", "\"surprise\": 1, \"kind\"", "surprise"},
        BadCase{"\"number\"", "\"surprise\": 1, \"number\"", "ports[0].surprise"},
        BadCase{"\"kind\"", "\"id\": \"x\", \"kind\"", "id"}, BadCase{kPort, "", "ports"},
        BadCase{kPort, "7", "ports[0]"}, BadCase{"[" + kPort + "]", kPort, "ports"},
        BadCase{kPort, kPort + "," + kPort, "ports[1]"}));

TEST(GrantDocument, SizeIsLimited) {
  EXPECT_TRUE(parse_grant_document(std::string(kDocument) + std::string(kMaxGrantDocument - kDocument.size(), ' ')));
  EXPECT_FALSE(
      parse_grant_document(std::string(kDocument) + std::string(kMaxGrantDocument - kDocument.size() + 1, ' ')));
}

TEST(GrantDocument, PortCountIsLimited) {
  Grant grant = parse_grant_document(kDocument).value();
  const WallTime end = grant.ports[0].end;
  grant.ports.clear();
  for (std::size_t i = 1; i <= kMaxGrantPorts; ++i) {
    grant.ports.push_back({PortNumber::from(static_cast<int>(i)).value(), Protocol::tcp,
                           AddressPrefix::parse("203.0.113.7").value(), end});
  }
  EXPECT_TRUE(parse_grant_document(write_grant_document(grant)));
  grant.ports.push_back({PortNumber::from(1000).value(), Protocol::tcp, grant.ports[0].source, end});
  const auto refused = parse_grant_document(write_grant_document(grant));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().target, "ports");
}

TEST(GrantDocument, NoPrefixOfItIsAccepted) {
  for (std::size_t length = 0; length < kDocument.size(); ++length) {
    EXPECT_FALSE(parse_grant_document(kDocument.substr(0, length))) << length;
  }
}

}  // namespace
}  // namespace jitgate
