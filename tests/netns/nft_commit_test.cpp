#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "tests/netns/nft_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;

class Commit : public NftTest {
 protected:
  std::string rules() const { return network_.server.check({"nft", "-s", "list", "ruleset"}); }
};

TEST_F(Commit, NothingIsChangedBeforeTheFirst) {
  EXPECT_EQ(rules(), "");
  EXPECT_FALSE(backend_->read().value().present);
  EXPECT_FALSE(backend_->query(key("192.0.2.1", Transport::tcp, 22)).value());
  const Result<void> early = backend_->commit(ChangeEntries{{entry("192.0.2.1", Transport::tcp, 22)}, {}});
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, errc::unavailable);
  EXPECT_EQ(rules(), "");
}

TEST_F(Commit, ReadGivesBackWhatWasInstalled) {
  for (const DenyAction deny : {DenyAction::drop, DenyAction::reject, DenyAction::audit}) {
    Lock wanted = lock();
    wanted.deny = deny;
    for (const Transport transport : transports(Protocol::any)) wanted.ports.push_back(port(transport, 9));
    std::sort(wanted.ports.begin(), wanted.ports.end());
    for (const char* prefix : {"192.0.2.0/24", "192.0.2.128/25", "192.0.2.1", "0.0.0.0/0", "2001:db8::/48",
                               "2001:db8::/49", "2001:db8::1", "::/0"}) {
      wanted.always_allow.push_back(AddressPrefix::parse(prefix).value());
    }
    replace(wanted, {entry("192.0.2.1", Transport::tcp, 22), entry("192.0.2.0/25", Transport::udp, 53),
                     entry("2001:db8::/56", Transport::sctp, 9), entry("0.0.0.0/0", Transport::dccp, 9),
                     entry("::/0", Transport::udplite, 9)});
    put({entry("10.0.0.0/8", Transport::tcp, 22)});
    const ObservedTable observed = backend_->read().value();
    EXPECT_TRUE(observed.present);
    EXPECT_TRUE(observed.owned);
    EXPECT_TRUE(observed.static_rules_intact);
    EXPECT_EQ(observed.locked, wanted.ports);
    for (const AllowKey& one : {key("192.0.2.1", Transport::tcp, 22), key("192.0.2.0/25", Transport::udp, 53),
                                key("2001:db8::/56", Transport::sctp, 9), key("0.0.0.0/0", Transport::dccp, 9),
                                key("::/0", Transport::udplite, 9), key("10.0.0.0/8", Transport::tcp, 22)}) {
      const auto left = backend_->query(one).value();
      ASSERT_TRUE(left);
      EXPECT_GT(*left, 59min);
      EXPECT_LE(*left, 1h);
    }
    EXPECT_FALSE(backend_->query(key("192.0.2.2", Transport::tcp, 22)).value());
    EXPECT_FALSE(backend_->query(key("192.0.2.1", Transport::udp, 22)).value());
    EXPECT_FALSE(backend_->query(key("192.0.2.1", Transport::tcp, 23)).value());
  }
}

TEST_F(Commit, AFailureNamesItsOperationAndChangesNothing) {
  backend_ = make_backend(false);
  replace(lock(), {entry("192.0.2.1", Transport::tcp, 22)});
  network_.server.check({"nft", "-f", "-"},
                        "flush chain inet jitgate admit4\nflush chain inet jitgate admit_redirected4\ndelete set inet "
                        "jitgate allow4_32\n");
  const std::string before = rules();
  const Result<void> refused = backend_->commit(
      ChangeEntries{{entry("10.0.0.0/8", Transport::tcp, 22), entry("203.0.113.7", Transport::tcp, 22)}, {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::firewall_failed);
  EXPECT_EQ(describe(refused.error()), "add element 203.0.113.7 tcp 22: No such file or directory");
  EXPECT_EQ(rules(), before);
  EXPECT_FALSE(backend_->query(key("10.0.0.0/8", Transport::tcp, 22)).value());
  // Neither does our record believe that anything happened.
  replace(lock());
  put({entry("10.0.0.0/8", Transport::tcp, 22), entry("203.0.113.7", Transport::tcp, 22)});
  EXPECT_TRUE(backend_->query(key("10.0.0.0/8", Transport::tcp, 22)).value());
  EXPECT_TRUE(backend_->query(key("203.0.113.7", Transport::tcp, 22)).value());
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
}

TEST_F(Commit, AnElementOfABulkLoadIsNamed) {
  backend_ = make_backend(false);
  replace(lock(), {entry("192.0.2.1", Transport::tcp, 22)});
  // A set that is full refuses one of the elements that travel in one message.
  network_.server.check(
      {"nft", "-f", "-"},
      "flush chain inet jitgate admit4\nflush chain inet jitgate admit_redirected4\ndelete set inet jitgate allow4_32\n"
      "add set inet jitgate allow4_32 { type ipv4_addr . inet_proto . inet_service; size 2; flags timeout; }\n");
  const Result<void> refused = backend_->commit(
      ChangeEntries{{entry("203.0.113.1", Transport::tcp, 22), entry("203.0.113.2", Transport::tcp, 22),
                     entry("203.0.113.3", Transport::tcp, 22)},
                    {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(describe(refused.error()), "add element 203.0.113.3 tcp 22: Too many open files in system");
  EXPECT_FALSE(backend_->query(key("203.0.113.1", Transport::tcp, 22)).value());
}

TEST_F(Commit, ARefusedReplacementLeavesTheTableAlone) {
  replace(lock(), {entry("192.0.2.1", Transport::tcp, 22)});
  const std::string before = rules();
  const auto other = make_backend();
  EXPECT_FALSE(other->commit(ReplaceTable{{{port(Transport::tcp, 80)}, {}, DenyAction::reject, std::nullopt}, {}}));
  EXPECT_FALSE(other->commit(RemoveTable{}));
  EXPECT_EQ(rules(), before);
}

TEST_F(Commit, TooManyEntriesAreRefused) {
  std::vector<AllowEntry> entries(kMaxEntriesPerTransaction + 1, entry("192.0.2.1", Transport::tcp, 22));
  EXPECT_EQ(backend_->commit(ReplaceTable{lock(), entries}).error().code, errc::invalid_argument);
  replace(lock());
  EXPECT_EQ(backend_->commit(ChangeEntries{entries, {}}).error().code, errc::invalid_argument);
}

std::vector<AllowEntry> many(std::size_t count, BootTime closes_at) {
  std::vector<AllowEntry> entries;
  for (std::size_t i = 0; i < count; ++i) {
    const std::array<std::uint8_t, 4> v4{10, 1, static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i % 256)};
    std::array<std::uint8_t, 16> v6{0x20, 0x01, 0x0d, 0xb8};
    v6[14] = v4[2];
    v6[15] = v4[3];
    const AddressPrefix source = i % 2 == 0 ? AddressPrefix::of(v4, 32) : AddressPrefix::of(v6, 128);
    entries.push_back({{source, port(Transport::tcp, 22)}, closes_at});
  }
  return entries;
}

TEST_F(Commit, TenThousandEntriesInChunks) {
  const std::vector<AllowEntry> entries = many(10'000, clock_.boot_now() + 1h);
  for (int round = 0; round < 2; ++round) {  // new, then re-timed
    for (std::size_t start = 0; start < entries.size(); start += kMaxEntriesPerTransaction) {
      const auto first = entries.begin() + static_cast<std::ptrdiff_t>(start);
      const auto last =
          entries.begin() + static_cast<std::ptrdiff_t>(std::min(start + kMaxEntriesPerTransaction, entries.size()));
      if (start == 0 && round == 0) {
        replace(lock(), {first, last});
      } else {
        put({first, last});
      }
    }
    for (std::size_t i = 0; i < entries.size(); i += 37) ASSERT_TRUE(backend_->query(entries[i].key).value()) << i;
  }
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
  const std::string set = network_.server.check({"nft", "-s", "list", "set", "inet", "jitgate", "allow4_32"});
  EXPECT_EQ(std::count(set.begin(), set.end(), ','), 4'999);
  for (std::size_t start = 0; start < entries.size(); start += kMaxEntriesPerTransaction) {
    std::vector<AllowKey> keys;
    for (std::size_t i = start; i < std::min(start + kMaxEntriesPerTransaction, entries.size()); ++i)
      keys.push_back(entries[i].key);
    close(keys);
  }
  for (std::size_t i = 0; i < entries.size(); i += 37) ASSERT_FALSE(backend_->query(entries[i].key).value()) << i;
}

// Counts what got past our chain to the next one.
constexpr const char* kLeakCounter =
    "table inet leak { counter leaked { }; chain in { type filter hook input priority 10; "
    "tcp dport 22 counter name leaked; udp dport 53 counter name leaked; }; }";

TEST_F(Commit, ReplacingUnderFireLeaksNothing) {
  const UdpEchoServer echo(network_.server, {network_.server.ipv4, 53});
  const TcpListener listener(network_.server, {network_.server.ipv4, 22});
  network_.server.check({"nft", "-f", "-"}, kLeakCounter);
  replace(lock());
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> sent{0};
  std::thread udp([&] {
    const Socket socket = udp_connect(network_.client, {network_.server.ipv4, 53});
    while (!stop) {
      if (::send(socket.fd(), "x", 1, 0) == 1) ++sent;
    }
  });
  std::thread tcp([&] {
    while (!stop) {
      (void)tcp_connect(network_.stranger, {network_.server.ipv4, 22}, 0ms);
      ++sent;
    }
  });
  for (int round = 0; round < 300; ++round) {
    if (round % 2 == 0) {
      replace(lock(), {entry("192.0.2.1", Transport::tcp, 22)});
    } else {
      replace(lock());
    }
  }
  stop = true;
  udp.join();
  tcp.join();
  EXPECT_GT(sent, 1000U);
  const std::string leaked = network_.server.check({"nft", "list", "counter", "inet", "leak", "leaked"});
  EXPECT_NE(leaked.find("packets 0 bytes 0"), std::string::npos) << leaked << sent << " sent";
}

}  // namespace
}  // namespace jitgate::netns
