#include "agent/api/pipe_acceptor.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

namespace jitgate {
namespace {

namespace net = boost::asio;

constexpr auto kTuple = net::as_tuple(net::use_awaitable);
constexpr std::size_t kFirstRead = 4096;
/// Out of handles or memory: nothing tells when there are some again.
constexpr std::chrono::milliseconds kPause{200};

}  // namespace

/// Shared with the coroutines, which may outlive the acceptor until the event loop runs out.
struct PipeAcceptor::State {
  State(net::any_io_executor loop, std::string pipe, std::chrono::milliseconds longest, Identify who, PipeHandle first)
      : executor(loop), name(std::move(pipe)), patience(longest), identify(std::move(who)), changed(loop), pause(loop) {
    waiting = std::make_shared<PipeEnd>(std::move(first));
  }

  void tell() { changed.cancel(); }

  net::any_io_executor executor;
  std::string name;
  std::chrono::milliseconds patience;
  Identify identify;
  net::steady_timer changed;  ///< cancelled when there is something new
  net::steady_timer pause;
  std::shared_ptr<PipeEnd> waiting;            ///< for the next client; null: it could not be made
  std::list<std::shared_ptr<PipeEnd>> silent;  ///< have connected; the oldest first
  std::deque<PipeClient> ready;                ///< have sent something, and been identified
  bool closed = false;
};

Result<PipeAcceptor> PipeAcceptor::listen(net::io_context& context, const std::string& name,
                                          std::chrono::milliseconds patience, Identify identify) {
  auto first = make_pipe_end(context.get_executor(), name, true);
  if (!first) return first.error();
  auto state = std::make_shared<State>(context.get_executor(), name, patience, std::move(identify), std::move(*first));
  net::co_spawn(state->executor, listen_on(state), net::detached);
  return PipeAcceptor(std::move(state));
}

net::any_io_executor PipeAcceptor::get_executor() const {
  return state_->executor;
}

void PipeAcceptor::close(boost::system::error_code& failed) {
  failed = {};
  if (std::exchange(state_->closed, true)) return;
  if (state_->waiting) state_->waiting->close();
  for (const auto& end : state_->silent) end->close();
  state_->ready.clear();
  state_->pause.cancel();
  state_->tell();
}

net::awaitable<void> PipeAcceptor::listen_on(std::shared_ptr<State> state) {
  while (!state->closed) {
    if (!state->waiting) {
      // There is always an end for the next client before one is served, so this is after a failure.
      if (auto made = make_pipe_end(state->executor, state->name, false)) {
        state->waiting = std::make_shared<PipeEnd>(std::move(*made));
      } else {
        state->pause.expires_after(kPause);
        [[maybe_unused]] const auto [ignored] = co_await state->pause.async_wait(kTuple);
        continue;
      }
    }
    const auto end = state->waiting;
    const auto failed = co_await await_pipe_client(end->pipe());
    state->waiting = nullptr;
    if (state->closed) co_return end->close();
    if (auto made = make_pipe_end(state->executor, state->name, false))
      state->waiting = std::make_shared<PipeEnd>(std::move(*made));
    if (failed) continue;
    if (state->silent.size() >= kMostSilent) state->silent.front()->close();
    net::co_spawn(state->executor, greet(state, end), net::detached);
  }
}

net::awaitable<void> PipeAcceptor::greet(std::shared_ptr<State> state, std::shared_ptr<PipeEnd> end) {
  const auto place = state->silent.insert(state->silent.end(), end);
  std::array<char, kFirstRead> space{};
  end->expires_after(state->patience);
  const auto [code, size] = co_await end->pipe().async_read_some(net::buffer(space), kTuple);
  state->silent.erase(place);
  if (code || state->closed) co_return end->close();
  end->expires_after(state->patience);
  auto peer = co_await state->identify(end->handle());
  if (state->closed) co_return end->close();
  state->ready.push_back({end, std::string(space.data(), size), std::move(peer)});
  state->tell();
}

net::awaitable<std::tuple<boost::system::error_code, PipeClient>> PipeAcceptor::accept(std::shared_ptr<State> state) {
  while (!state->closed && state->ready.empty()) {
    state->changed.expires_at(net::steady_timer::time_point::max());
    [[maybe_unused]] const auto [ignored] = co_await state->changed.async_wait(kTuple);
  }
  if (state->closed) co_return std::tuple(boost::system::error_code(net::error::operation_aborted), PipeClient{});
  PipeClient client = std::move(state->ready.front());
  state->ready.pop_front();
  co_return std::tuple(boost::system::error_code(), std::move(client));
}

}  // namespace jitgate
