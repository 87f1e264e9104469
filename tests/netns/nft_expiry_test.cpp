#include "tests/netns/nft_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;

class Expiry : public NftTest {
 protected:
  Duration left(const AllowKey& one) { return backend_->query(one).value().value_or(Duration::zero()); }

  Services services_{network_.server};
  const AllowKey ssh_ = key(network_.client.ipv4, Transport::tcp, 22);
  const AllowKey dns_ = key(network_.client.ipv6, Transport::udp, 53);
};

TEST_F(Expiry, TheKernelClosesAloneAndNeverLate) {
  replace(lock(), {{ssh_, clock_.boot_now() + 800ms}, {dns_, clock_.boot_now() + 800ms}});
  const BootTime closes_at = clock_.boot_now() + 800ms;
  backend_.reset();
  ASSERT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  ASSERT_EQ(knock_udp(network_.client, network_.client.ipv6, kPatience), Outcome::connected);
  BootTime last_open{};
  EXPECT_TRUE(eventually([&] {
    const BootTime before = clock_.boot_now();
    const bool open = knock(network_.client, network_.client.ipv4, 100ms) == Outcome::connected;
    if (open) last_open = before;
    return !open;
  }));
  EXPECT_LT(last_open, closes_at);
  EXPECT_EQ(knock_udp(network_.client, network_.client.ipv6, kSilence), Outcome::timed_out);
}

TEST_F(Expiry, ReTimingLongerHolds) {
  replace(lock(), {{ssh_, clock_.boot_now() + 300ms}, {dns_, clock_.boot_now() + 300ms}});
  put({{ssh_, clock_.boot_now() + 1h}});
  ASSERT_TRUE(eventually([&] { return !backend_->query(dns_).value(); }));
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  EXPECT_GT(left(ssh_), 59min);
  EXPECT_LE(left(ssh_), 1h);
}

TEST_F(Expiry, ReTimingShorterHolds) {
  replace(lock(), {{ssh_, clock_.boot_now() + 1h}});
  put({{ssh_, clock_.boot_now() + 300ms}});
  EXPECT_LE(left(ssh_), 300ms);
  EXPECT_TRUE(eventually([&] { return !backend_->query(ssh_).value(); }));
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
}

// The kernel silently ignores an update with the time-out that an element has already.
TEST_F(Expiry, ReTimingByTheSameLengthStartsAgain) {
  replace(lock(), {{ssh_, clock_.boot_now() + 10s}});
  ASSERT_TRUE(eventually([&] { return left(ssh_) < 9900ms; }));
  put({{ssh_, clock_.boot_now() + 10s}});
  EXPECT_GT(left(ssh_), 9900ms);
}

TEST_F(Expiry, ADeadlineThatHasPassedCloses) {
  replace(lock(), {{ssh_, clock_.boot_now() + 1h}, {dns_, clock_.boot_now() - 1h}});
  EXPECT_FALSE(backend_->query(dns_).value());
  for (const Duration late : {Duration(1h), Duration(0), Duration(-9ms)}) {
    put({{ssh_, clock_.boot_now() + 1h}});
    ASSERT_TRUE(backend_->query(ssh_).value());
    put({{ssh_, clock_.boot_now() - late}, {dns_, clock_.boot_now() - late}});
    EXPECT_FALSE(backend_->query(ssh_).value());
  }
}

TEST_F(Expiry, ClosingWhatHasExpiredOrNeverWasIsNoError) {
  replace(lock(), {{ssh_, clock_.boot_now() + 50ms}});
  ASSERT_TRUE(eventually([&] { return !backend_->query(ssh_).value(); }));
  close({ssh_, ssh_});
  close({dns_, key("203.0.113.9", Transport::tcp, 22)});
  EXPECT_FALSE(backend_->query(ssh_).value());
  EXPECT_FALSE(backend_->query(dns_).value());
}

TEST_F(Expiry, AnEntryThatHasExpiredOpensAgain) {
  replace(lock(), {{ssh_, clock_.boot_now() + 50ms}});
  ASSERT_TRUE(eventually([&] { return !backend_->query(ssh_).value(); }));
  put({{ssh_, clock_.boot_now() + 1h}});
  EXPECT_GT(left(ssh_), 59min);
  close({ssh_});
  put({{ssh_, clock_.boot_now() + 2h}});
  EXPECT_GT(left(ssh_), 119min);
}

TEST_F(Expiry, TheLastWordInATransactionCounts) {
  replace(lock(), {{ssh_, clock_.boot_now() + 1h}, {ssh_, clock_.boot_now() + 2h}});
  EXPECT_GT(left(ssh_), 119min);
  require(backend_->commit(ChangeEntries{{{dns_, clock_.boot_now() + 2h}, {dns_, clock_.boot_now() + 1h}}, {ssh_}}));
  EXPECT_LE(left(dns_), 1h);
  EXPECT_GT(left(dns_), 59min);
  EXPECT_FALSE(backend_->query(ssh_).value());
}

// The record of what the kernel acknowledged must never make an entry outlive what was asked for.
TEST_F(Expiry, AnElementThatSomebodyElsePutThereIsReTimed) {
  backend_ = make_backend(false);
  replace(lock(), {entry("203.0.113.1", Transport::tcp, 22)});
  network_.server.check(
      {"nft", "add", "element", "inet", "jitgate", "allow4_32", "{ 198.51.100.10 . tcp . 22 timeout 9h }"});
  ASSERT_GT(left(ssh_), 8h);
  put({{ssh_, clock_.boot_now() + 1h}});
  EXPECT_LE(left(ssh_), 1h);
  EXPECT_GT(left(ssh_), 59min);
}

}  // namespace
}  // namespace jitgate::netns
