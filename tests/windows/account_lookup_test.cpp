// Clients whose names have to be asked for, by a controller that a test plays.
#include "platform/windows/account_lookup.hpp"

#include <gtest/gtest.h>
#include <windows.h>

#include <array>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <optional>
#include <thread>

#include "platform/windows/named_pipe.hpp"
#include "platform/windows/process_account.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;
using namespace std::chrono_literals;

/// A controller that answers when it is told to.
struct Controller {
  std::promise<void> answer;
  std::shared_future<void> told{answer.get_future()};
  std::atomic<int> asked{0};
};

class Lookup : public testing::Test {
 protected:
  Lookup() {
    const std::string name = R"(\\.\pipe\jitgate-lookup-)" + std::to_string(::GetCurrentProcessId());
    server_ = make_pipe_end(context_.get_executor(), name, true).value();
    client_ = open_pipe(context_.get_executor(), name).value();
    net::write(*client_, net::buffer("x", 1));
    std::array<char, 1> space{};
    net::read(*server_, net::buffer(space));
  }
  ~Lookup() override {
    // Threads that wait for it would keep it, and us.
    if (!answered_) controller_->answer.set_value();
  }

  void make(std::chrono::milliseconds patience) {
    const auto names = std::make_shared<AccountNames>(
        [to = controller_](const std::string&) {
          ++to->asked;
          to->told.wait();
          return std::optional(Sid::well_known(WinWorldSid));
        },
        [to = controller_](const Sid&) {
          ++to->asked;
          to->told.wait();
          return std::string(R"(EXAMPLE\ann)");
        });
    lookup_ = std::make_shared<AccountLookup>(context_.get_executor(), names, patience);
  }

  using Answer = std::shared_ptr<std::optional<Result<PeerIdentity>>>;
  /// Starts it, without waiting for what comes of it.
  Answer identify() {
    const auto answer = std::make_shared<std::optional<Result<PeerIdentity>>>();
    const auto pipe = reinterpret_cast<LocalHandle>(server_->native_handle());
    net::co_spawn(context_, lookup_->identify(pipe, {"operators"}),
                  [answer](std::exception_ptr broken, Result<PeerIdentity> peer) {
                    if (broken) std::rethrow_exception(broken);
                    answer->emplace(std::move(peer));
                  });
    return answer;
  }
  template <class Condition>
  bool eventually(Condition condition) {
    const auto last = std::chrono::steady_clock::now() + 20s;
    context_.restart();
    while (!condition() && std::chrono::steady_clock::now() < last) context_.run_one_for(20ms), context_.restart();
    return condition();
  }
  bool came(const Answer& answer) {
    return eventually([&] { return answer->has_value(); });
  }
  void answer() {
    answered_ = true;
    controller_->answer.set_value();
  }

  std::shared_ptr<Controller> controller_ = std::make_shared<Controller>();
  bool answered_ = false;
  net::io_context context_;
  std::optional<PipeHandle> server_;
  std::optional<PipeHandle> client_;
  std::shared_ptr<AccountLookup> lookup_;
};

TEST_F(Lookup, LeavesTheLoopToOthersUntilTheNamesAreTold) {
  make(10min);
  const auto who = identify();
  ASSERT_TRUE(eventually([&] { return controller_->asked == 2; }));
  EXPECT_FALSE(who->has_value());
  answer();
  ASSERT_TRUE(came(who));
  ASSERT_TRUE((*who)->has_value());
  EXPECT_EQ((**who)->user, R"(EXAMPLE\ann)");
  EXPECT_EQ((**who)->sid, process_user().text());
  EXPECT_EQ((**who)->groups, std::vector<std::string>{"operators"});
}

TEST_F(Lookup, AsksOnceForAllWhoWait) {
  make(10min);
  lookup_->expect({"operators"});
  const auto first = identify();
  const auto second = identify();
  ASSERT_TRUE(eventually([&] { return controller_->asked == 2; }));
  answer();
  EXPECT_TRUE(came(first));
  EXPECT_TRUE(came(second));
  EXPECT_TRUE(came(identify())) << "and is told what is remembered";
  EXPECT_EQ(controller_->asked, 2);
}

TEST_F(Lookup, NamesBySidWhomNobodyNamesInTime) {
  make(50ms);
  const auto who = identify();
  ASSERT_TRUE(came(who));
  ASSERT_TRUE((*who)->has_value());
  EXPECT_EQ((**who)->user, process_user().text());
  EXPECT_TRUE((**who)->groups.empty()) << "a group that nobody knows is nobody's";
}

TEST_F(Lookup, RefusesMoreOfAnAccountThanMayWait) {
  make(10min);
  std::vector<Answer> waiting;
  for (std::size_t i = 0; i < AccountLookup::kMostOfAccount; ++i) waiting.push_back(identify());
  const auto refused = identify();
  ASSERT_TRUE(came(refused));
  ASSERT_TRUE((*refused)->has_error());
  EXPECT_EQ((*refused)->error().code, errc::too_many);
  answer();
  for (const Answer& one : waiting) EXPECT_TRUE(came(one));
  const auto later = identify();
  ASSERT_TRUE(came(later));
  EXPECT_TRUE((*later)->has_value());
}

TEST_F(Lookup, EndsWithoutWaitingForWhoeverIsAsked) {
  make(10min);
  const auto who = identify();
  ASSERT_TRUE(eventually([&] { return controller_->asked == 2; }));
  lookup_->stop();
  answer();
  EXPECT_FALSE(who->has_value());
}

}  // namespace
}  // namespace jitgate
