// What `jitgate explain` says is what the kernel's own trace of the packet (nftrace) shows.
#include <algorithm>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;

/// `nft monitor trace` on the server, from construction on.
class Trace {
 public:
  explicit Trace(const Host& server)
      : server_(server),
        process_({"nft", "-n", "monitor", "trace"}, Surroundings{server, nullptr, {}, std::nullopt}, file()) {
    server_.check({"nft", "-f", "-"},
                  "table inet trace { chain c { type filter hook prerouting priority -500; meta nftrace set 1; }\n}\n");
  }
  ~Trace() { server_.exec({"nft", "delete", "table", "inet", "trace"}); }

  [[nodiscard]] std::string text() const { return read_text(file()); }
  [[nodiscard]] bool shows(const std::string& line) const {
    return eventually([&] { return text().find(line) != std::string::npos; });
  }

 private:
  [[nodiscard]] std::string file() const { return scratch_.file("trace"); }
  const Host& server_;
  ScratchDirectory scratch_;
  Process process_;
};

class Explain : public DaemonTest {
 protected:
  std::string verdict(const std::string& source, int number = 22) {
    return text(daemon_.json({"explain", "--source", source, "--port", std::to_string(number)}), "verdict");
  }
  /// Waits until a packet of this knock is in the trace: `nft monitor` listens when it was started, and not before.
  void expect_trace(const Host& from, int number, const std::string& decision) {
    Trace trace(network_.server);
    EXPECT_TRUE(eventually([&] {
      knock(from, kTcp4, number);
      return trace.text().find("dport " + std::to_string(number)) != std::string::npos;
    }));
    EXPECT_TRUE(trace.shows(decision)) << decision << "\n" << trace.text();
  }
};

class ExplainInMode : public Explain, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Modes, ExplainInMode, ::testing::Values("honor", "override"));

TEST_P(ExplainInMode, AgreesWithTheTraceOfThePacket) {
  daemon_.settings.existing_rules = GetParam();
  daemon_.settings.ports = {{22, "TCP", {}}};
  daemon_.start();
  const std::string chain = GetParam() == std::string("honor") ? "unlisted" : "refuse";
  EXPECT_EQ(verdict(network_.client.ipv4), "locked");
  expect_trace(network_.client, 22,
               "inet jitgate " + chain + " rule meta l4proto 6 counter name \"denied\" reject with tcp reset");
  EXPECT_EQ(verdict(network_.client.ipv4, 23), "notLocked");
  expect_trace(network_.client, 23, "inet jitgate last policy accept");
  static_cast<void>(daemon_.request("22/tcp", network_.client.ipv4, "1h"));
  EXPECT_EQ(verdict(network_.client.ipv4), "granted");
  expect_trace(network_.client, 22, "@allow4_32 goto allow (verdict goto allow)");
  EXPECT_EQ(verdict(network_.stranger.ipv4), "locked");
  expect_trace(network_.stranger, 22,
               "inet jitgate " + chain + " rule meta l4proto 6 counter name \"denied\" reject with tcp reset");
}

TEST_F(Explain, LabelsWhatRulesOfOthersLetIn) {
  daemon_.settings.existing_rules = "honor";
  network_.server.check({"nft", "-f", "-"},
                        "table ip f { chain c { type filter hook input priority 0; ip saddr 198.51.100.20 tcp dport 22 "
                        "accept; }\n}\n");
  daemon_.start();
  expect_trace(network_.stranger, 22, "ip f c rule ip saddr 198.51.100.20 tcp dport 22 accept (verdict accept)");
  const auto explained = daemon_.json({"explain", "--source", network_.stranger.ipv4, "--port", "22"});
  EXPECT_EQ(text(explained, "verdict"), "locked") << "no grant of ours";
  const auto& observed = explained.at("observed").as_array();
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(text(observed[0], "by"), "ip f c");
  EXPECT_GE(observed[0].at("packets").to_number<int>(), 1);
  EXPECT_EQ(observed[0].at("sources").as_array().at(0).as_string(), network_.stranger.ipv4);
}

}  // namespace
}  // namespace jitgate::netns
