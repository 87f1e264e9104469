// Metrics, as node_exporter and Prometheus get them, of what really happened to packets.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <sstream>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DaemonMetrics : public DaemonTest {
 protected:
  /// GET over TCP from the server itself; empty when nobody listens.
  [[nodiscard]] std::string scrape(const std::string& address = "127.0.0.1:9464") const {
    return network_.server.exec({"curl", "-sS", "-g", "--max-time", "20", "http://" + address + "/metrics"}).out;
  }
  /// By the socket, which renders anew each time.
  [[nodiscard]] std::string metrics() const {
    return network_.server
        .exec({"curl", "-sS", "--max-time", "20", "--unix-socket", daemon_.socket_path(), "http://h/metrics"})
        .out;
  }
  /// The value of a sample; -1 when it is not there.
  [[nodiscard]] static double value(const std::string& text, const std::string& series) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
    }
    return -1;
  }
  [[nodiscard]] double denied(const std::string& number, const std::string& transport) const {
    return value(metrics(),
                 "jitgate_port_denied_packets_total{number=\"" + number + "\",transport=\"" + transport + "\"}");
  }
};

TEST_F(DaemonMetrics, CountsDeniedPacketsByPort) {
  daemon_.start();
  EXPECT_EQ(denied("22", "tcp"), 0);
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kTcp6));
  EXPECT_TRUE(refused(network_.stranger, kUdp4, 23));
  EXPECT_EQ(denied("22", "tcp"), 2);
  EXPECT_EQ(denied("23", "udp"), 1);
  EXPECT_EQ(denied("23", "tcp"), 0);
  EXPECT_EQ(value(metrics(), "jitgate_denied_packets_total"), 3);
}

TEST_F(DaemonMetrics, TheCountGoesOnOverTablesThatAreBuiltAnewAndARestart) {
  daemon_.start();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_EQ(denied("22", "tcp"), 1);
  daemon_.settings.ports.push_back({24, "TCP", {}});
  ASSERT_TRUE(daemon_.reload());
  EXPECT_EQ(denied("22", "tcp"), 1);
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_EQ(denied("22", "tcp"), 2);
  EXPECT_EQ(daemon_.cli({"disable"}).status, 0);
  EXPECT_EQ(denied("22", "tcp"), 2);
  EXPECT_EQ(daemon_.cli({"enable"}).status, 0);
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  daemon_.kill();
  daemon_.start();
  // Since the enabling: what tables counted that an earlier run took away is gone with it.
  EXPECT_EQ(denied("22", "tcp"), 1);
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_EQ(denied("22", "tcp"), 2);
}

TEST_F(DaemonMetrics, BesideRulesOfOthersCountsWhatIsDeniedAfterThem) {
  network_.server.check({"nft", "-f", "-"},
                        "table ip f { chain c { type filter hook input priority 0; tcp dport 23 accept; }\n}\n");
  daemon_.settings.existing_rules = "honor";
  daemon_.start();
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 22));
  EXPECT_TRUE(opens(network_.stranger, kTcp4, 23)) << "an exposure is not denied";
  EXPECT_EQ(denied("22", "tcp"), 1);
  EXPECT_EQ(denied("23", "tcp"), 0);
}

TEST_F(DaemonMetrics, AListenerServesThemAndNothingElseUntilAReloadTakesItAway) {
  daemon_.settings.more = "metrics: {listen: 9464}\n";
  daemon_.start();
  EXPECT_EQ(value(scrape(), "jitgate_in_sync"), 1);
  EXPECT_EQ(value(scrape(), "jitgate_port_locked{number=\"22\",protocol=\"TCP\"}"), 1);
  const auto other = network_.server.exec(
      {"curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20", "http://127.0.0.1:9464/v1/status"});
  EXPECT_EQ(other.out, "404");
  const auto from_outside = tcp_connects(network_.client, {network_.server.ipv4, 9464}, kPatience);
  EXPECT_EQ(from_outside, Outcome::refused) << "a port alone is one of 127.0.0.1";
  daemon_.settings.more = "metrics: {listen: '0.0.0.0:9465'}\n";
  ASSERT_TRUE(daemon_.reload());
  EXPECT_EQ(scrape(), "");
  EXPECT_EQ(tcp_connects(network_.client, {network_.server.ipv4, 9465}, kPatience), Outcome::connected);
  daemon_.settings.more.clear();
  ASSERT_TRUE(daemon_.reload());
  EXPECT_EQ(scrape("127.0.0.1:9465"), "");
}

TEST_F(DaemonMetrics, AListenerThatCannotBeIsNamedAndImpairsNothing) {
  const TcpListener taken(network_.server, {"127.0.0.1", 9464});
  daemon_.settings.more = "metrics: {listen: 9464}\n";
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "enforcing");
  EXPECT_THAT(daemon_.reasons(), HasSubstr("metrics.listen: 127.0.0.1:9464: cannot bind"));
  EXPECT_THAT(daemon_.reasons(), Not(HasSubstr("not reloaded")));
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
}

TEST_F(DaemonMetrics, AnApiListenerThatCannotBeHasItsOwnWords) {
  daemon_.settings.api = ", listen: '127.0.0.1:8443', tls: {certificate: /nowhere/c.pem, key: /nowhere/k.pem}";
  daemon_.start();
  EXPECT_THAT(daemon_.reasons(), HasSubstr("api.listen: "));
  EXPECT_THAT(daemon_.reasons(), Not(HasSubstr("not reloaded")));
  daemon_.settings.api.clear();
  ASSERT_TRUE(daemon_.reload());
  EXPECT_THAT(daemon_.reasons(), Not(HasSubstr("api.listen")));
}

TEST_F(DaemonMetrics, ATextfileFollowsAndGoesWithTheDaemon) {
  const std::string path = daemon_.scratch().file("jitgate.prom");
  daemon_.settings.more = "metrics: {textfile: " + path + "}\n";
  daemon_.start();
  const auto in_file = [&](const std::string& series) { return value(read_text(path), series); };
  ASSERT_TRUE(eventually([&] { return in_file("jitgate_in_sync") == 1; }, kLong)) << daemon_.log();
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0644U);
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(eventually([&] { return in_file("jitgate_grants{status=\"active\"}") == 1; }, kLong));
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_NE(::stat(path.c_str(), &status), 0);
}

TEST_F(DaemonMetrics, TellWhatBecameOfGrants) {
  daemon_.start();
  const auto revoked = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  (void)daemon_.request("23/tcp", network_.client.ipv4, "2s");
  EXPECT_EQ(daemon_.cli({"revoke", revoked}).status, 0);
  EXPECT_NE(daemon_.cli({"request", "--port", "9/tcp", "--source", network_.client.ipv4, "--duration", "1m"}).status,
            0);
  ASSERT_TRUE(eventually([&] { return value(metrics(), "jitgate_endings_total{reason=\"Expired\"}") == 1; }, kLong));
  const std::string text = metrics();
  EXPECT_EQ(value(text, "jitgate_openings_total"), 2);
  EXPECT_EQ(value(text, "jitgate_endings_total{reason=\"UserRequested\"}"), 1);
  EXPECT_EQ(value(text, "jitgate_refusals_total{reason=\"Refused\"}"), 1);
  EXPECT_EQ(value(text, "jitgate_policy_violations_total{field=\"number\"}"), 1);
  EXPECT_EQ(value(text, "jitgate_expiry_delay_seconds_count"), 1);
  EXPECT_GE(value(text, "jitgate_reconcile_duration_seconds_count"), 4);
  EXPECT_GT(value(text, "jitgate_reconcile_duration_seconds_sum"), 0);
}

}  // namespace
}  // namespace jitgate::netns
