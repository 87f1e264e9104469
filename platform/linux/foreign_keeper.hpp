#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "platform/linux/foreign_chains.hpp"

namespace jitgate::nft {

/// Keeps the chains of others as the lock needs them: at once where it can, again after a while where reading or
/// changing them failed. The locks never depend on it: what is missing there keeps packets out.
class ForeignKeeper {
 public:
  ForeignKeeper(ForeignChains chains, boost::asio::io_context& io, ForeignChains::Commit commit)
      : state_(std::make_shared<State>(std::move(chains), io, std::move(commit))) {}
  ~ForeignKeeper() { state_->timer.cancel(); }
  ForeignKeeper(const ForeignKeeper&) = delete;
  ForeignKeeper& operator=(const ForeignKeeper&) = delete;

  /// From now on, this is wanted. Fails only where it could not be reached; then it is tried again, and problems() says
  /// so.
  Result<void> aim(ForeignChains::Goal goal);

  [[nodiscard]] ForeignChains& chains() { return state_->chains; }
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  struct State {
    State(ForeignChains all, boost::asio::io_context& io, ForeignChains::Commit how)
        : chains(std::move(all)), timer(io), commit(std::move(how)) {}
    ForeignChains chains;
    boost::asio::steady_timer timer;
    ForeignChains::Commit commit;
    ForeignChains::Goal goal = ForeignChains::Goal::nothing;
    std::optional<Error> failed;
  };
  static Result<void> sync(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace jitgate::nft
