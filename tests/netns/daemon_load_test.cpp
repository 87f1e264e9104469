// Many at once: everybody is answered, nothing is lost or done twice, and nobody who holds connections holds up an end.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <set>
#include <sstream>

#include "bench/request_load.hpp"
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr uid_t kRoot = 0;
constexpr uid_t kDaemonUser = 1;  // "daemon", on every Linux

/// `jitgate audit` has the newest 10,000 records; some are not of grants.
constexpr std::size_t kAuditShows = 9'000;

class DaemonLoad : public DaemonTest {
 protected:
  DaemonLoad() {
    daemon_.settings.limits = ", grantsPerRequestor: 1000000, grantsPerSource: 1000000";
    daemon_.settings.more = "access: {requester: {users: [daemon]}}\n";
  }

  /// How often each grant was opened, by the audit.
  std::map<std::string, std::size_t> opened() const {
    std::map<std::string, std::size_t> grants;
    const auto events = daemon_.json({"audit"});
    for (const auto& event : events.as_array()) {
      if (text(event, "operation") == "grant.open" && text(event, "outcome") == "Succeeded")
        ++grants[text(event, "grantId")];
    }
    return grants;
  }
  std::set<std::string> stored() const {
    std::set<std::string> ids;
    const auto grants = daemon_.json({"grants", "--all"});
    for (const auto& grant : grants.as_array()) ids.insert(text(grant, "id"));
    return ids;
  }
  bool is_open(const std::string& source) const {
    return nft({"get", "element", "inet", "jitgate", "allow4_32", "{ " + source + " . tcp . 22 }"}).status == 0;
  }
  /// The sources that a listing of the kernel's set has.
  std::set<std::string> admitted() const {
    std::set<std::string> sources;
    std::istringstream words(nft({"-nn", "list", "set", "inet", "jitgate", "allow4_32"}).out);
    for (std::string word; words >> word;) {
      if (word.starts_with("10.")) sources.insert(word);
    }
    return sources;
  }
};

TEST_F(DaemonLoad, FiftyClientsAreAllAnsweredAndNothingIsLostOrDoubled) {
  daemon_.start();
  const auto load = bench::run_load({daemon_.socket_path(), 50, 3s, {kRoot, kDaemonUser}, kAuditShows / 50});
  EXPECT_THAT(load.refused, IsEmpty());
  ASSERT_GE(load.granted.size(), 50U);
  std::set<std::string> ids;
  std::set<std::string> sources;
  for (const auto& reply : load.granted) {
    ids.insert(reply.id);
    sources.insert(reply.source);
  }
  EXPECT_EQ(ids.size(), load.granted.size()) << "every reply has a grant of its own";
  // The kernel lists a set in pieces, and may skip some while the set grows: what is not listed is asked for by itself.
  const auto listed = admitted();
  EXPECT_TRUE(std::ranges::includes(sources, listed)) << "nobody else is let in";
  for (const auto& source : sources) {
    EXPECT_TRUE(listed.contains(source) || is_open(source)) << source;
  }
  EXPECT_EQ(ids, stored());
  const auto audited = opened();
  EXPECT_EQ(audited.size(), ids.size());
  for (const auto& [id, times] : audited) {
    EXPECT_TRUE(ids.contains(id)) << id;
    EXPECT_EQ(times, 1U) << id;
  }
  EXPECT_EQ(daemon_.cli({"audit", "verify"}).status, 0);
  // Requests that wait share a transaction, each of which names the newest record in the log: how many do is a figure
  // of the machine (bench), not of the program.
  std::size_t transactions = 0;
  const std::string log = daemon_.log();
  for (auto at = log.find("audit head "); at != std::string::npos; at = log.find("audit head ", at + 1)) ++transactions;
  EXPECT_LE(transactions, audited.size() + 10);
  RecordProperty("requests", static_cast<int>(load.granted.size()));
  RecordProperty("transactions", static_cast<int>(transactions));
}

TEST_F(DaemonLoad, WhoHoldsConnectionsHoldsUpNeitherAnEndNorAnAdministrator) {
  const rlimit files{20'000, 20'000};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  daemon_.settings.ports = {{22, "TCP", ", onExpiry: terminate"}};
  daemon_.start();
  bench::HeldConnections slow;
  slow.open(daemon_.socket_path(), kDaemonUser, 32, "GET /v1/status HTTP/1.1\r\nX: ");
  bench::HeldConnections idle;
  idle.open(daemon_.socket_path(), kDaemonUser, 10'000);
  EXPECT_TRUE(eventually([&] { return idle.alive() <= 32; }, kLong)) << "a user has 32, and the next is turned away";

  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "2s");
  auto session = connect(network_.client, kTcp4);
  ASSERT_TRUE(session.alive());
  ASSERT_TRUE(eventually(
      [&] {
        slow.send_a_byte();
        bench::HeldConnections more;
        more.open(daemon_.socket_path(), kDaemonUser, 50);
        return session.dead();
      },
      kLong))
      << "the cut is the daemon's, in the midst of it";
  EXPECT_TRUE(refused(network_.client, kTcp4));
  EXPECT_EQ(daemon_.condition(id), "Expired");
}

}  // namespace
}  // namespace jitgate::netns
