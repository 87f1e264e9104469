#include "agent/model/grant.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

TEST(Status, TextSurvives) {
  for (const Status status : {Status::initiated, Status::revoked}) {
    EXPECT_EQ(parse_status(to_string(status)).value(), status);
  }
  EXPECT_FALSE(parse_status("initiated"));
  EXPECT_FALSE(parse_status(""));
}

TEST(StatusReason, TextSurvives) {
  for (const StatusReason reason :
       {StatusReason::none, StatusReason::expired, StatusReason::user_requested, StatusReason::newer_request_initiated,
        StatusReason::policy_changed, StatusReason::denied, StatusReason::pending}) {
    EXPECT_EQ(parse_status_reason(to_string(reason)).value(), reason);
  }
  EXPECT_FALSE(parse_status_reason("expired"));
}

TEST(GrantRecord, IsActiveWhileAnyPortIs) {
  GrantRecord record{{"id", {}, "host", "r", {}, WallTime{}, "", {}}, "{}", "local", {}};
  EXPECT_FALSE(record.active());
  record.states.resize(2);
  EXPECT_TRUE(record.active());
  record.states[0].status = Status::revoked;
  EXPECT_TRUE(record.active());
  record.states[1].status = Status::revoked;
  EXPECT_FALSE(record.active());
}

TEST(NewGrantId, IsAVersion7Uuid) {
  const WallTime now = parse_timestamp("2026-11-21T18:00:00.001Z").value();
  const std::string id = new_grant_id(now);
  ASSERT_EQ(id.size(), 36U);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) EXPECT_EQ(id[dash], '-');
  EXPECT_EQ(id[14], '7');
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
  const std::string millis = id.substr(0, 8) + id.substr(9, 4);
  EXPECT_EQ(std::stoll(millis, nullptr, 16),
            std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
}

TEST(NewGrantId, SortsByTimeAndNeverRepeats) {
  const WallTime now = parse_timestamp("2026-11-21T18:00:00Z").value();
  EXPECT_LT(new_grant_id(now), new_grant_id(now + 1ms));
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(new_grant_id(now));
  EXPECT_EQ(ids.size(), 1000U);
}

}  // namespace
}  // namespace jitgate
