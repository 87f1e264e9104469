#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <memory>
#include <utility>

namespace jitgate {

/// Lets one coroutine at a time into a stretch that spans several turns of the event loop, in the order in which they
/// came: whoever leaves and comes again at once waits behind the others. One thread.
class OneAtATime {
  struct Door {
    explicit Door(const boost::asio::any_io_executor& executor)
        : left(executor, boost::asio::steady_timer::time_point::max()) {}
    std::uint64_t next = 0;          ///< the number that who comes now gets
    std::uint64_t inside = 0;        ///< the number whose turn it is
    boost::asio::steady_timer left;  ///< never expires: cancelled when somebody has left
  };

 public:
  explicit OneAtATime(const boost::asio::any_io_executor& executor) : door_(std::make_shared<Door>(executor)) {}

  /// Whoever has it is inside. May outlive the OneAtATime: a coroutine ends with its event loop.
  class Turn {
   public:
    explicit Turn(std::shared_ptr<Door> door) : door_(std::move(door)) {}
    Turn(Turn&&) = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (!door_) return;
      ++door_->inside;
      door_->left.cancel();
    }

   private:
    std::shared_ptr<Door> door_;
  };

  [[nodiscard]] boost::asio::awaitable<Turn> enter() {
    const auto door = door_;
    const auto number = door->next++;
    while (door->inside != number) {
      boost::system::error_code cancelled;
      co_await door->left.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
    co_return Turn(door);
  }

 private:
  std::shared_ptr<Door> door_;
};

}  // namespace jitgate
