#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <tuple>

#include "agent/api/pipe_stream.hpp"

namespace jitgate {

/// Clients of a named pipe, each as soon as it has sent something and it is known who it is, which can only be asked
/// then (learn.microsoft.com, ImpersonateNamedPipeClient: ERROR_CANNOT_IMPERSONATE). Those that are silent wait for
/// `patience` and for no longer than kMostSilent others come; nobody waits for them, nor for those that are being
/// identified. Looks like an acceptor of Asio to AcceptLoop.
class PipeAcceptor {
 public:
  struct protocol_type {
    using socket = PipeClient;
  };
  using executor_type = boost::asio::any_io_executor;

  static constexpr std::size_t kMostSilent = 64;
  using Identify = std::function<boost::asio::awaitable<Result<PeerIdentity>>(LocalHandle)>;

  /// errc::conflict when somebody serves the pipe already.
  [[nodiscard]] static Result<PipeAcceptor> listen(boost::asio::io_context& context, const std::string& name,
                                                   std::chrono::milliseconds patience, Identify identify);

  [[nodiscard]] executor_type get_executor() const;
  template <class Token>
  [[nodiscard]] boost::asio::awaitable<std::tuple<boost::system::error_code, PipeClient>> async_accept(const Token&) {
    return accept(state_);
  }
  void close(boost::system::error_code& failed);

 private:
  struct State;
  explicit PipeAcceptor(std::shared_ptr<State> state) : state_(std::move(state)) {}
  static boost::asio::awaitable<std::tuple<boost::system::error_code, PipeClient>> accept(std::shared_ptr<State> state);
  static boost::asio::awaitable<void> listen_on(std::shared_ptr<State> state);
  static boost::asio::awaitable<void> greet(std::shared_ptr<State> state, std::shared_ptr<PipeEnd> end);

  std::shared_ptr<State> state_;
};

}  // namespace jitgate
