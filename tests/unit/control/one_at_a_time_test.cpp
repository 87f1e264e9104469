#include "agent/control/one_at_a_time.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <string>

namespace jitgate {
namespace {

namespace asio = boost::asio;

class InTurn : public ::testing::Test {
 protected:
  asio::awaitable<void> come(std::string name, int times) {
    for (int i = 0; i < times; ++i) {
      const auto turn = co_await door_.enter();
      EXPECT_FALSE(busy_);
      busy_ = true;
      order_ += name;
      co_await asio::post(context_, asio::use_awaitable);
      busy_ = false;
    }
  }
  void spawn(const std::string& name, int times) { asio::co_spawn(context_, come(name, times), asio::detached); }

  asio::io_context context_{1};
  OneAtATime door_{context_.get_executor()};
  bool busy_ = false;
  std::string order_;
};

TEST_F(InTurn, WhoComesAgainAtOnceWaitsBehindTheOthers) {
  spawn("a", 4);
  spawn("b", 1);
  spawn("c", 1);
  context_.run();
  EXPECT_EQ(order_, "abcaaa");
}

TEST_F(InTurn, TwoThatAlwaysComeAgainAlternate) {
  spawn("a", 3);
  spawn("b", 3);
  context_.run();
  EXPECT_EQ(order_, "ababab");
}

}  // namespace
}  // namespace jitgate
