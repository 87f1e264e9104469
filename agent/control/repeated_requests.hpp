#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/control/access_request.hpp"
#include "agent/control/agent.hpp"

namespace jitgate {

/// Requests that a client marked with an id (x-ms-client-request-id): one that is sent again, because its answer was
/// lost, gets the first one's receipt and opens nothing of its own. What was refused is not remembered: sent again, it
/// is judged again. In memory: after a restart a repeated request is a newer one, which replaces the first.
class RepeatedRequests {
 public:
  RepeatedRequests(boost::asio::any_io_executor executor, const Clock& clock)
      : executor_(std::move(executor)), clock_(clock) {}

  /// How long, and how many at most; beyond them the oldest are forgotten. One caller makes far fewer in that time
  /// (limits.requestsPerMinute).
  static constexpr Duration kRemembered = std::chrono::minutes(10);
  static constexpr std::size_t kMost = 10'000;
  static constexpr std::size_t kMostBytes = 8 * 1024 * 1024;  ///< of grant documents

  static constexpr const char* kTarget = "x-ms-client-request-id";  ///< of the errc::conflict

  using Key = std::pair<std::string, std::string>;  ///< caller, client request id

  /// Makes the request, or waits for the one under the same id that is under way. errc::conflict where the id was used
  /// for something else.
  template <class Make>
  boost::asio::awaitable<Result<GrantReceipt>> once(Key key, Digest body, Make make) {
    auto first = co_await begin(key, body);
    if (!first) co_return first.error();
    if (*first) co_return std::move(**first);
    const UnderWay under_way{entries_, key};
    auto made = co_await make();
    if (made) remember(key, *made);
    co_return made;
  }

 private:
  struct Entry {
    Digest body;
    std::optional<GrantReceipt> receipt;                 ///< nullopt: under way
    std::shared_ptr<boost::asio::steady_timer> decided;  ///< never expires: cancelled when it is decided
  };
  using Entries = std::map<Key, Entry>;
  /// However the making of a request ends, nobody waits for it afterwards. At the end of the program the event loop
  /// drops what it still holds after all else is gone.
  struct UnderWay {
    std::weak_ptr<Entries> entries;
    const Key& key;
    ~UnderWay() {
      if (const auto alive = entries.lock()) finish(*alive, key);
    }
  };

  /// The first one's receipt, or nothing: then this is the first one.
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<GrantReceipt>>> begin(Key key, Digest body);
  void remember(const Key& key, const GrantReceipt& receipt);
  static void finish(Entries& entries, const Key& key);
  void forget_old();

  boost::asio::any_io_executor executor_;
  const Clock& clock_;
  std::shared_ptr<Entries> entries_ = std::make_shared<Entries>();
  std::deque<std::pair<BootTime, Key>> decided_;  ///< with a receipt, oldest first
  std::size_t bytes_ = 0;                         ///< of their documents
};

}  // namespace jitgate
