#include "agent/model/revocation_document.hpp"

#include <gtest/gtest.h>

#include "tests/fake/grant_builder.hpp"

namespace jitgate {
namespace {

std::string text(std::string_view id = "g-1", std::string_view reason = "UserRequested") {
  return R"({"apiVersion": "jitgate/v1", "kind": "Revocation", "id": ")" + std::string(id) + R"(", "statusReason": ")" +
         std::string(reason) + "\"}";
}

TEST(RevocationDocument, NamesTheGrantAndTheReason) {
  const auto revocation = parse_revocation_document(text());
  ASSERT_TRUE(revocation) << describe(revocation.error());
  EXPECT_EQ(*revocation, (Revocation{"g-1", sha256(text()), StatusReason::user_requested}));
  EXPECT_EQ(parse_revocation_document(text("g", "Denied"))->reason, StatusReason::denied);
}

TEST(RevocationDocument, IsReadStrictly) {
  EXPECT_EQ(parse_revocation_document(text("g", "Expired")).error().target, "statusReason");
  EXPECT_EQ(parse_revocation_document(text("g", "Pending")).error().target, "statusReason");
  EXPECT_EQ(parse_revocation_document(text("g", "")).error().target, "statusReason");
  EXPECT_EQ(parse_revocation_document(text("a b")).error().target, "id");
  EXPECT_EQ(parse_revocation_document(text("")).error().target, "id");
  EXPECT_EQ(
      parse_revocation_document(R"({"apiVersion": "jitgate/v2", "kind": "Revocation", "id": "g"})").error().target,
      "apiVersion");
  EXPECT_EQ(
      parse_revocation_document(R"({"apiVersion": "jitgate/v1", "kind": "Revocation", "id": "g"})").error().target,
      "statusReason");
  std::string more = text();
  more.insert(1, R"("ports": [], )");
  EXPECT_FALSE(parse_revocation_document(more));
  EXPECT_FALSE(parse_revocation_document(text() + "x"));
  EXPECT_FALSE(parse_revocation_document(std::string(70'000, ' ')));
}

TEST(Document, IsReadByItsKind) {
  const ManualClock clock;
  const auto record = make_record(
      clock, "g-1", {grant_port(22, Protocol::tcp, "203.0.113.7", clock.wall_now() + std::chrono::hours(1))});
  EXPECT_EQ(std::get<Grant>(parse_document(record.document).value()), record.grant);
  EXPECT_EQ(std::get<Revocation>(parse_document(text()).value()).id, "g-1");
  EXPECT_EQ(parse_document(R"({"apiVersion": "jitgate/v1", "kind": "Policy"})").error().target, "kind");
  EXPECT_FALSE(parse_document("[]"));
  EXPECT_FALSE(parse_document(""));
}

}  // namespace
}  // namespace jitgate
