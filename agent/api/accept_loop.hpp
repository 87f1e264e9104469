#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "agent/api/api_server.hpp"
#include "agent/api/connection.hpp"

namespace jitgate {

/// Accepts clients and serves each until it leaves. Shared by the server's handle and the coroutines, which may outlive
/// the handle until the event loop runs out. Single-threaded.
template <typename Acceptor>
class AcceptLoop : public std::enable_shared_from_this<AcceptLoop<Acceptor>> {
 public:
  using Socket = typename Acceptor::protocol_type::socket;
  /// Null: this client is turned away.
  using Admit = std::function<std::unique_ptr<Connection>(Socket)>;

  AcceptLoop(Acceptor acceptor, Admit admit)
      : acceptor_(std::move(acceptor)), pause_(acceptor_.get_executor()), admit_(std::move(admit)) {}

  void start() { co_spawn(acceptor_.get_executor(), accept_all(this->shared_from_this()), boost::asio::detached); }

  /// Ends listening and every connection. Idempotent.
  void stop() {
    if (stopped_) return;
    stopped_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (Connection* connection : connections_) connection->close();
  }

 private:
  /// Out of descriptors or memory: nothing tells when there are some again, so accepting pauses.
  static constexpr std::chrono::milliseconds kPause{200};

  static boost::asio::awaitable<void> accept_all(std::shared_ptr<AcceptLoop> self) {
    constexpr auto tuple = boost::asio::as_tuple(boost::asio::use_awaitable);
    while (!self->stopped_) {
      auto [code, socket] = co_await self->acceptor_.async_accept(tuple);
      if (self->stopped_) co_return;
      if (!code) {
        if (auto connection = self->admit_(std::move(socket)))
          co_spawn(self->acceptor_.get_executor(), serve(self, std::move(connection)), boost::asio::detached);
        continue;
      }
      self->pause_.expires_after(kPause);
      [[maybe_unused]] const auto [ignored] = co_await self->pause_.async_wait(tuple);
    }
  }

  static boost::asio::awaitable<void> serve(std::shared_ptr<AcceptLoop> self, std::unique_ptr<Connection> connection) {
    const Listed listed(self->connections_, connection.get());
    co_await connection->run();
  }

  /// On the list for as long as its coroutine lasts, however that ends.
  class Listed {
   public:
    Listed(std::set<Connection*>& list, Connection* connection) : list_(list), connection_(connection) {
      list_.insert(connection_);
    }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    ~Listed() { list_.erase(connection_); }

   private:
    std::set<Connection*>& list_;
    Connection* connection_;
  };

  Acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Admit admit_;
  std::set<Connection*> connections_;
  bool stopped_ = false;
};

/// The handle of a loop: accepts from its construction to its end. `Clients` decides whom to admit(Socket), and lives
/// as long as the loop.
template <typename Acceptor, typename Clients>
class AcceptingServer final : public ApiServer {
 public:
  AcceptingServer(Acceptor acceptor, std::shared_ptr<Clients> clients)
      : loop_(std::make_shared<AcceptLoop<Acceptor>>(
            std::move(acceptor), [clients = std::move(clients)](typename AcceptLoop<Acceptor>::Socket socket) {
              return clients->admit(std::move(socket));
            })) {
    loop_->start();
  }
  ~AcceptingServer() override { loop_->stop(); }
  AcceptingServer(const AcceptingServer&) = delete;
  AcceptingServer& operator=(const AcceptingServer&) = delete;

  void stop() override { loop_->stop(); }

 private:
  std::shared_ptr<AcceptLoop<Acceptor>> loop_;
};

}  // namespace jitgate
