#include <chrono>

#include "agent/model/timestamp.hpp"
#include "tests/unit/control/source_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class GrantListing : public SourceRig {
 protected:
  GrantListing() { source_config("hub").close_after = 10min; }

  std::vector<GrantReceipt> list(bool include_ended = false) {
    return call(agent().grants(administrator(), include_ended)).value();
  }
  /// Of the only one there is.
  GrantReceipt only(bool include_ended = false) {
    auto all = list(include_ended);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? GrantReceipt{} : std::move(all.front());
  }
};

TEST_F(GrantListing, WhatIsOpenIsShownSo) {
  start();
  granted(kPeer, 22, 1h);
  EXPECT_TRUE(only().open);
  EXPECT_EQ(only().pending_reason, "");
  EXPECT_EQ(agent().status().active_grants, 1U);
  pass(1h);
  EXPECT_FALSE(only(true).open);
  EXPECT_EQ(only(true).pending_reason, "") << "it has ended";
}

TEST_F(GrantListing, WhatStartsLaterSaysWhen) {
  start();
  auto record = make_record(clock_, "g-1", {grant_port(22, Protocol::tcp, kPeer, clock_.wall_now() + 2h)});
  record.grant.start = clock_.wall_now() + 1h;
  ASSERT_TRUE(deliver(change({{"g-1", write_grant_document(record.grant)}})));
  EXPECT_FALSE(only().open);
  EXPECT_EQ(only().pending_reason, "it starts at " + to_string(record.grant.start));
  EXPECT_EQ(agent().status().active_grants, 0U);
  EXPECT_EQ(agent().status().waiting_grants, 1U);
  agent().source_sink("hub")->note_contact();
  pass(1h - 1s);
  agent().source_sink("hub")->note_contact();
  ASSERT_TRUE(deliver(snapshot({{"g-1", write_grant_document(record.grant)}})));
  pass(1s);
  EXPECT_TRUE(only().open) << only().pending_reason;
}

TEST_F(GrantListing, WhatASilentSourceGrantedIsClosed) {
  start();
  ASSERT_TRUE(publish("g-1", kPeer, 3h));
  EXPECT_TRUE(only().open);
  agent().source_sink("hub")->note_contact();
  pass(10min);
  ASSERT_FALSE(admits(kPeer, 22));
  EXPECT_FALSE(only().open);
  EXPECT_EQ(only().pending_reason, "its source has not been heard of for too long");
  EXPECT_EQ(agent().status().active_grants, 0U);
  EXPECT_EQ(agent().status().waiting_grants, 1U);
  EXPECT_EQ(agent().status().ports.front().active_grants, 0U);
}

TEST_F(GrantListing, WhatWaitsForTheClockSaysSo) {
  start();
  granted(kPeer, 22, 1h);
  clock_.set_synchronized(false);
  reboot("boot-2");
  EXPECT_FALSE(only().open);
  EXPECT_EQ(only().pending_reason, "it waits for the clock to be synchronised");
}

TEST_F(GrantListing, WhatACloneHoldsBackSaysSo) {
  start();
  granted(kPeer, 22, 1h);
  kill();
  fingerprint_ = "machine-b";
  start();
  EXPECT_FALSE(only().open);
  EXPECT_EQ(only().pending_reason, "this machine is a copy of the one that it was granted on");
}

TEST_F(GrantListing, WhatIsRevokedAndNotRecordedIsClosed) {
  start();
  const auto id = granted(kPeer, 22, 1h);
  store().fail_commits(error(errc::store_failed, "the disk is full"));
  ASSERT_FALSE(revoke(id));
  EXPECT_TRUE(list().empty());
  EXPECT_FALSE(only(true).open) << "the store has not been told";
  EXPECT_EQ(only(true).pending_reason, "it was ended, which is not recorded yet");
}

TEST_F(GrantListing, WhatTheFirewallRefusesSaysWhy) {
  start();
  firewall().fail_commits(error(errc::firewall_failed, "Cannot allocate memory"));
  ASSERT_TRUE(request(kPeer, 22, 1h));
  EXPECT_FALSE(only().open);
  EXPECT_NE(only().pending_reason.find("Cannot allocate memory"), std::string::npos);
}

}  // namespace
}  // namespace jitgate
