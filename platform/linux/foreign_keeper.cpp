#include "platform/linux/foreign_keeper.hpp"

namespace jitgate::nft {
namespace {

constexpr auto kRetry = std::chrono::milliseconds(500);

}  // namespace

Result<void> ForeignKeeper::aim(ForeignChains::Goal goal) {
  state_->goal = goal;
  return sync(state_);
}

Result<void> ForeignKeeper::sync(const std::shared_ptr<State>& state) {
  state->timer.cancel();
  const Result<void> done = state->chains.sync(state->goal, state->commit);
  state->failed.reset();
  if (done) return done;
  state->failed = done.error();
  state->timer.expires_after(kRetry);
  state->timer.async_wait([weak = std::weak_ptr(state)](const boost::system::error_code& cancelled) {
    const auto alive = weak.lock();
    if (!cancelled && alive) static_cast<void>(sync(alive));
  });
  return done;
}

std::vector<std::string> ForeignKeeper::problems() const {
  std::vector<std::string> problems = state_->chains.problems();
  if (state_->failed) problems.push_back("the rules of others: " + describe(*state_->failed) + "; trying again");
  return problems;
}

}  // namespace jitgate::nft
