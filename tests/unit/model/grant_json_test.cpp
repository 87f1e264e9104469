#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "agent/model/grant_document.hpp"
#include "tests/fake/manual_clock.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class GrantJson : public ::testing::Test {
 protected:
  GrantJson() {
    const WallTime now = clock_.wall_now();
    record_.states[0] = {Status::initiated, StatusReason::none, clock_.boot_id(), clock_.boot_now() + 1h, {}, false};
    record_.states[1] = {
        Status::revoked, StatusReason::user_requested, clock_.boot_id(), clock_.boot_now() + 1h, now, false};
  }

  boost::json::object port(std::size_t index) const {
    const auto value = to_json(record_, clock_.wall_now(), clock_.boot_now(), clock_.boot_id());
    return value.at("ports").as_array().at(index).as_object();
  }
  std::int64_t remaining() const { return port(0).at("remainingSeconds").as_int64(); }

  ManualClock clock_;
  GrantRecord record_{{"grant-1",
                       {},
                       "web-17",
                       "requester@example.com",
                       {},
                       clock_.wall_now(),
                       "",
                       {{PortNumber::from(22).value(), Protocol::tcp, AddressPrefix::parse("203.0.113.7").value(),
                         clock_.wall_now() + 1h},
                        {PortNumber::from(23).value(), Protocol::tcp, AddressPrefix::parse("203.0.113.7").value(),
                         clock_.wall_now() + 1h}}},
                      "{}",
                      "local",
                      std::vector<PortState>(2)};
};

TEST_F(GrantJson, HasTheDocumentAndWhatBecameOfIt) {
  const auto value = to_json(record_, clock_.wall_now(), clock_.boot_now(), clock_.boot_id()).as_object();
  EXPECT_EQ(value.at("id").as_string(), "grant-1");
  EXPECT_EQ(value.at("kind").as_string(), "AccessGrant");
  EXPECT_EQ(value.at("source").as_string(), "local");
  EXPECT_EQ(value.at("justification").as_string(), "");
  EXPECT_EQ(port(0).at("number").as_int64(), 22);
  EXPECT_EQ(port(0).at("endTimeUtc").as_string(), "2026-11-21T19:00:00Z");
  EXPECT_EQ(port(0).at("status").as_string(), "Initiated");
  EXPECT_EQ(port(0).at("statusReason").as_string(), "");
  EXPECT_EQ(port(1).at("status").as_string(), "Revoked");
  EXPECT_EQ(port(1).at("statusReason").as_string(), "UserRequested");
}

TEST_F(GrantJson, RemainingTimeRunsDownToZero) {
  EXPECT_EQ(remaining(), 3600);
  clock_.advance(30min + 1ns);
  EXPECT_EQ(remaining(), 1799);
  clock_.advance(2h);
  EXPECT_EQ(remaining(), 0);
}

TEST_F(GrantJson, EndedPortHasNoRemainingTime) {
  EXPECT_EQ(port(1).at("remainingSeconds").as_int64(), 0);
}

TEST_F(GrantJson, BootDeadlineCapsTheRemainingTimeWhenTheWallClockIsSetBack) {
  clock_.advance_boot(50min);
  EXPECT_EQ(remaining(), 600);
  clock_.advance_wall(-5h);
  EXPECT_EQ(remaining(), 600);
}

TEST_F(GrantJson, BootDeadlineOfAnotherBootDoesNotCount) {
  clock_.advance(10min);
  clock_.reboot("another");
  clock_.set_boot(BootTime{} + 100h);
  EXPECT_EQ(remaining(), 3000);
}

}  // namespace
}  // namespace jitgate
