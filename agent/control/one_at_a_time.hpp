#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace jitgate {

/// Lets one coroutine at a time into a stretch that spans several turns of the event loop. One thread.
class OneAtATime {
 public:
  explicit OneAtATime(const boost::asio::any_io_executor& executor)
      : left_(executor, boost::asio::steady_timer::time_point::max()) {}

  /// Whoever has it is inside. Ends no later than the OneAtATime.
  class Turn {
   public:
    explicit Turn(OneAtATime& owner) : owner_(&owner) {}
    Turn(Turn&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (owner_ == nullptr) return;
      owner_->busy_ = false;
      owner_->left_.cancel();
    }

   private:
    OneAtATime* owner_;
  };

  [[nodiscard]] boost::asio::awaitable<Turn> enter() {
    while (busy_) {
      boost::system::error_code cancelled;
      co_await left_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
    busy_ = true;
    co_return Turn(*this);
  }

 private:
  bool busy_ = false;
  boost::asio::steady_timer left_;  ///< never expires: cancelled when somebody has left
};

}  // namespace jitgate
