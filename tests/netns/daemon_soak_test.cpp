// Many changes, and everything that can fail failing: at the end the kernel holds what the server says, nothing lost
// and nothing extra. JITGATE_SOAK_CHANGES and JITGATE_CHAOS_SECONDS make it longer, JITGATE_TEST_SEED repeats it.
#include <gmock/gmock.h>
#include <signal.h>

#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "tests/netns/hub_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;
using WallClock = std::chrono::system_clock;
using ::testing::IsSubsetOf;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class DaemonSoak : public HubTest {
 protected:
  DaemonSoak() : seed_(number_from("JITGATE_TEST_SEED", std::random_device{}())), random_(seed_) {
    RecordProperty("seed", std::to_string(seed_));
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed_));
  }

  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  bool one_in(std::size_t bound) { return below(bound) == 0; }

  /// A grant under this key, for an address that nobody had before.
  void publish_new(std::size_t key, std::chrono::seconds length) {
    const auto n = ++published_;
    const auto address =
        "10." + std::to_string(n >> 16 & 255) + "." + std::to_string(n >> 8 & 255) + "." + std::to_string(n & 255);
    auto text = document("g-" + std::to_string(n), address, length);
    const auto end = WallClock::now() + length;
    hub_->publish(std::to_string(key), text);
    held_[key] = {address, end, std::move(text)};
  }
  /// Of a hub that has just begun.
  void republish_all() {
    for (const auto& [key, grant] : held_) hub_->publish(std::to_string(key), grant.document);
  }
  void remove(std::size_t key) {
    if (held_.erase(key) > 0) hub_->remove(std::to_string(key));
  }
  bool catches_up() {
    return eventually([&] { return admitted() == wanted(); }, 2 * kLong);
  }
  /// What the server holds and has not run out, give or take what runs out now.
  [[nodiscard]] std::set<std::string> wanted() const {
    std::set<std::string> addresses;
    for (const auto& [key, grant] : held_) {
      if (grant.end > WallClock::now()) addresses.insert(grant.address);
    }
    return addresses;
  }

  struct Held {
    std::string address;
    WallClock::time_point end;  ///< at the earliest the document's, by a moment
    std::string document;
  };
  const std::uint64_t seed_;
  std::mt19937_64 random_;
  std::size_t published_ = 0;
  std::map<std::size_t, Held> held_;  ///< by key
};

TEST_F(DaemonSoak, TheKernelEndsEqualToTheServer) {
  const auto changes = number_from("JITGATE_SOAK_CHANGES", 3'000);
  daemon_.settings.limits = ", grantsPerRequestor: 10000";
  start("subscribe");
  for (std::size_t i = 0; i < changes; ++i) {
    const auto key = below(500);
    if (one_in(3)) {
      remove(key);
    } else {
      publish_new(key, 2h);
    }
    if (one_in(200)) hub_->disconnect_all();
    // What comes faster than it is taken in is taken in together: often enough, all of it has to be there.
    if (i % 500 == 0) {
      ASSERT_TRUE(catches_up()) << seed_;
    }
  }
  EXPECT_TRUE(catches_up()) << admitted().size() << " admitted, " << wanted().size() << " wanted; seed " << seed_;
  EXPECT_EQ(daemon_.state(), "enforcing") << daemon_.reasons();
  EXPECT_EQ(daemon_.cli({"audit", "verify"}).status, 0);
}

TEST_F(DaemonSoak, NothingIsOpenPastItsEndWhateverIsKilled) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(number_from("JITGATE_CHAOS_SECONDS", 8));
  start("subscribe");
  std::map<std::string, WallClock::time_point> ends;
  bool cut = false;
  while (std::chrono::steady_clock::now() < until) {
    publish_new(below(50), std::chrono::seconds(1 + below(5)));
    for (const auto& [key, grant] : held_) ends[grant.address] = grant.end;
    if (one_in(4)) remove(below(50));
    if (one_in(12)) {
      close_hub();
      open_hub();
      republish_all();
    }
    if (one_in(15)) {
      daemon_.kill();
      daemon_.launch();
    }
    if (one_in(10)) {
      cut = !cut;
      network_.server.check({"ip", "link", "set", "lo", cut ? "down" : "up"});
    }
    const auto before = WallClock::now();
    for (const auto& address : admitted()) {
      ASSERT_TRUE(ends.contains(address)) << address << ", seed " << seed_;
      // Asked before, so that what runs out meanwhile is not held against it; a jiffy is the kernel's.
      EXPECT_GT(ends.at(address) + 20ms, before) << address << ", seed " << seed_;
    }
  }
  network_.server.check({"ip", "link", "set", "lo", "up"});
  for (std::size_t key = 100; key < 120; ++key) publish_new(key, 1h);
  EXPECT_TRUE(catches_up()) << "every valid grant is open at the end; seed " << seed_;
}

}  // namespace
}  // namespace jitgate::netns
