#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "platform/peer_identity.hpp"
#include "platform/windows/account_names.hpp"

namespace jitgate {

/// Who the clients of a pipe are, with names that a domain's controller may be slow to tell: threads of their own ask
/// it, once for all who want to know, and only the client that has to be named waits. Single-threaded, but for those.
class AccountLookup : public std::enable_shared_from_this<AccountLookup> {
 public:
  static constexpr std::size_t kThreads = 4;         ///< that ask, at most
  static constexpr std::size_t kMostOfAccount = 16;  ///< clients of one account that wait
  static constexpr std::chrono::seconds kPatience{3};

  /// `loop` outlives stop() or the object. A client waits for its name for `patience`.
  explicit AccountLookup(boost::asio::any_io_executor loop, std::shared_ptr<AccountNames> names,
                         std::chrono::milliseconds patience = kPatience);
  ~AccountLookup() { stop(); }
  AccountLookup(const AccountLookup&) = delete;
  AccountLookup& operator=(const AccountLookup&) = delete;

  /// Has them looked up before somebody needs them. Does not wait.
  void expect(const std::vector<std::string>& groups);

  /// As identify_peer(), without blocking. What is not told in time: a user is named by its SID, and a group is
  /// nobody's. errc::too_many: others of the same account wait already. The object lives until it returns.
  [[nodiscard]] boost::asio::awaitable<Result<PeerIdentity>> identify(LocalHandle pipe,
                                                                      std::vector<std::string> groups);

  /// Nobody waits for threads that still ask: what they hear is dropped. Idempotent.
  void stop();

 private:
  struct Desk;
  [[nodiscard]] bool ask(const Sid& user, const std::vector<std::string>& groups);
  [[nodiscard]] boost::asio::awaitable<void> answers(Sid user, const std::vector<std::string>& groups);
  void wake();

  boost::asio::any_io_executor loop_;
  std::shared_ptr<AccountNames> names_;
  std::chrono::milliseconds patience_;
  std::shared_ptr<Desk> desk_;
  std::set<boost::asio::steady_timer*> waiting_;
  std::map<std::string, std::size_t> waiting_of_;  ///< by SID
};

}  // namespace jitgate
