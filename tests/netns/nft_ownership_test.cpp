#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>

#include "tests/netns/nft_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;

class Ownership : public NftTest {
 protected:
  ExecResult nft(std::vector<std::string> words) {
    words.insert(words.begin(), "nft");
    return network_.server.exec(words);
  }
  /// Runs the event loop until the backend has told of a change, and gives the reason; empty when it did not.
  std::string wait_for_change() {
    eventually([&] {
      io_.restart();
      io_.poll();
      return !reasons_.empty();
    });
    return reasons_.empty() ? "" : reasons_.back();
  }
  void watch() {
    backend_->watch([&](const std::string& reason) { reasons_.push_back(reason); });
  }

  std::vector<std::string> reasons_;
  Services services_{network_.server};
};

TEST_F(Ownership, OthersCannotChangeAnOwnedTable) {
  replace(lock());
  ASSERT_TRUE(backend_->read().value().owned);
  EXPECT_EQ(nft({"flush", "ruleset"}).status, 0);
  EXPECT_NE(nft({"delete", "table", "inet", "jitgate"}).err.find("Operation not permitted"), std::string::npos);
  EXPECT_NE(nft({"flush", "chain", "inet", "jitgate", "input"}).err.find("Operation not permitted"), std::string::npos);
  EXPECT_NE(nft({"delete", "element", "inet", "jitgate", "locked", "{ tcp . 22 }"}).err.find("Operation not permitted"),
            std::string::npos);
  const ObservedTable observed = backend_->read().value();
  EXPECT_TRUE(observed.static_rules_intact);
  EXPECT_EQ(observed.locked, lock().ports);
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
}

TEST_F(Ownership, TheTableOutlivesItsOwnerAndIsAdopted) {
  const AllowKey left_over = key("203.0.113.1", Transport::tcp, 22);
  replace(lock(), {entry("203.0.113.1", Transport::tcp, 22)});
  backend_.reset();
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  backend_ = make_backend();
  EXPECT_TRUE(backend_->read().value().present);
  EXPECT_FALSE(backend_->read().value().owned);
  EXPECT_TRUE(backend_->query(left_over).value());
  replace(lock(), {entry(network_.client.ipv4, Transport::tcp, 22)});
  EXPECT_TRUE(backend_->read().value().owned);
  EXPECT_FALSE(backend_->query(left_over).value()) << "an orphan's content is not to be trusted";
  EXPECT_EQ(nft({"flush", "ruleset"}).status, 0);
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
}

TEST_F(Ownership, AHandedOverSocketLeavesNoOwnerlessMoment) {
  replace(lock());
  const int kept = ::fcntl(backend_->owner_socket(), F_DUPFD_CLOEXEC, 0);
  backend_.reset();
  EXPECT_EQ(nft({"flush", "ruleset"}).status, 0);
  EXPECT_EQ(nft({"delete", "table", "inet", "jitgate"}).status, 1);
  backend_ = make_backend(true, kept);
  EXPECT_TRUE(backend_->read().value().owned);
  replace(lock(), {entry(network_.client.ipv4, Transport::tcp, 22)});
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
}

TEST_F(Ownership, AUselessHandedOverDescriptorIsReplaced) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const Socket write_end(pipe[1]);
  backend_ = make_backend(true, pipe[0]);
  pollfd polled{write_end.fd(), POLLOUT, 0};
  ASSERT_EQ(::poll(&polled, 1, 0), 1);
  EXPECT_NE(polled.revents & POLLERR, 0) << "it must be closed";
  replace(lock());
  EXPECT_TRUE(backend_->read().value().owned);
}

TEST_F(Ownership, AnotherLiveOwnerIsNamed) {
  replace(lock());
  const auto second = make_backend();
  for (const FirewallTransaction& transaction :
       {FirewallTransaction(ReplaceTable{lock(), {}}), FirewallTransaction(RemoveTable{})}) {
    const Result<void> refused = network_.server.run([&] { return second->commit(transaction); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::firewall_failed);
    EXPECT_NE(refused.error().message.find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos)
        << describe(refused.error());
  }
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
}

TEST_F(Ownership, SwitchingBetweenOwnedAndNotReplacesTheTable) {
  replace(lock());
  backend_ = make_backend(false);
  replace(lock());
  EXPECT_FALSE(backend_->read().value().owned);
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
  backend_ = make_backend(true);
  replace(lock());
  EXPECT_TRUE(backend_->read().value().owned);
}

struct Tampering {
  const char* what;
  std::vector<std::string> nft;
  bool rules_intact;
};

TEST_F(Ownership, WithoutItEveryForeignChangeIsToldAndMended) {
  backend_ = make_backend(false);
  watch();
  replace(lock(), {entry("203.0.113.1", Transport::tcp, 22)});
  for (const Tampering& one : std::vector<Tampering>{
           {"flush", {"flush", "ruleset"}, false},
           {"delete table", {"delete", "table", "inet", "jitgate"}, false},
           {"add rule", {"insert", "rule", "inet", "jitgate", "input", "accept"}, false},
           {"append rule", {"add", "rule", "inet", "jitgate", "admit6", "accept"}, false},
           {"flush chain", {"flush", "chain", "inet", "jitgate", "judge"}, false},
           {"add chain", {"add", "chain", "inet", "jitgate", "x"}, false},
           {"add set", {"add", "set", "inet", "jitgate", "x", "{ type ipv4_addr; }"}, false},
           {"add rule with a set of its own",
            {"add", "rule", "inet", "jitgate", "input", "tcp", "dport", "{ 80, 443 }", "accept"},
            false},
           {"add rule with a chain of its own",
            {"add", "rule", "inet", "jitgate", "input", "jump", "{ accept; }"},
            false},
           {"add base chain",
            {"add", "chain", "inet", "jitgate", "x", "{ type filter hook input priority 0; policy drop; }"},
            false},
           {"add counter", {"add", "counter", "inet", "jitgate", "x"}, true},
           {"base chain policy", {"chain", "inet", "jitgate", "input", "{ policy drop; }"}, false},
           {"dormant", {"add", "table", "inet", "jitgate", "{ flags dormant; }"}, false},
           {"allow",
            {"add", "element", "inet", "jitgate", "allow4_32", "{ 198.51.100.10 . tcp . 22 timeout 9h }"},
            true},
           {"unlock", {"delete", "element", "inet", "jitgate", "locked", "{ tcp . 22 }"}, true}}) {
    SCOPED_TRACE(one.what);
    reasons_.clear();
    ASSERT_EQ(nft(one.nft).status, 0);
    EXPECT_EQ(wait_for_change().find("changed by nft (pid "), 0U) << reasons_.size();
    EXPECT_EQ(reasons_.size(), 1U);
    const ObservedTable observed = backend_->read().value();
    EXPECT_TRUE(observed.static_rules_intact == one.rules_intact);
    replace(lock(), {entry("203.0.113.1", Transport::tcp, 22)});
    EXPECT_TRUE(backend_->read().value().static_rules_intact);
    EXPECT_EQ(backend_->read().value().locked, lock().ports);
    EXPECT_FALSE(backend_->query(key("198.51.100.10", Transport::tcp, 22)).value());
  }
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
}

TEST_F(Ownership, OwnChangesAndOtherTablesAreNotTold) {
  backend_ = make_backend(false);
  watch();
  replace(lock(), {entry("203.0.113.1", Transport::tcp, 22)});
  put({entry("203.0.113.2", Transport::tcp, 22)});
  close({key("203.0.113.1", Transport::tcp, 22)});
  network_.server.check({"nft", "-f", "-"}, "table inet other { }; table ip jitgate { chain c { }; }");
  network_.server.check({"nft", "delete", "table", "ip", "jitgate"});
  backend_->drain_events();
  EXPECT_TRUE(reasons_.empty()) << reasons_.front();
  // What is told is told: the silence above was not deafness.
  network_.server.check({"nft", "add", "chain", "inet", "jitgate", "x"});
  backend_->drain_events();
  ASSERT_EQ(reasons_.size(), 1U);
  backend_->drain_events();
  EXPECT_EQ(reasons_.size(), 1U);
}

TEST_F(Ownership, TheCallbackMayMendOrDestroyTheBackend) {
  backend_ = make_backend(false);
  int calls = 0;
  backend_->watch([&](const std::string&) {
    ++calls;
    require(backend_->commit(ReplaceTable{lock(), {}}));
  });
  replace(lock());
  for (int round = 1; round <= 3; ++round) {
    network_.server.check({"nft", "flush", "ruleset"});
    EXPECT_TRUE(eventually([&] { return io_.restart(), io_.poll(), calls == round; }));
    EXPECT_TRUE(backend_->read().value().static_rules_intact);
  }
  backend_->watch([&](const std::string&) { backend_.reset(); });
  network_.server.check({"nft", "flush", "ruleset"});
  EXPECT_TRUE(eventually([&] { return io_.restart(), io_.poll(), backend_ == nullptr; }));
}

}  // namespace
}  // namespace jitgate::netns
