#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/source/delivery.hpp"
#include "tests/source_server/server_loop.hpp"
#include "tests/source_server/server_stream.hpp"

namespace jitgate::testing_server {

/// The server's side of docs/protocol.md, polled and subscribed to, small enough to be read. It listens, on a thread of
/// its own, in the network namespace of the thread that makes it. Thread-safe; every call has taken effect when it
/// returns.
class GrantServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: a free one
    TlsContext tls{};
    std::string token{};  ///< that clients must show; empty: none
    std::chrono::seconds heartbeat{1};
    std::size_t history = 1000;  ///< changes that a stream can be resumed over
  };
  struct Counters {
    std::size_t polls = 0;
    std::size_t not_modified = 0;
    std::size_t subscriptions = 0;
    std::size_t resumed = 0;
    std::size_t refused = 0;
  };

  explicit GrantServer(Options options);
  GrantServer() : GrantServer(Options()) {}
  ~GrantServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "http://ADDRESS:PORT/grants", or https: polled or subscribed to, by what the client accepts.
  [[nodiscard]] std::string url() const;

  /// New, or in the place of what has this key.
  void publish(const std::string& key, const std::string& document,
               const std::optional<std::string>& signature = std::nullopt);
  /// Many as one version.
  void publish_all(std::vector<DeliveredDocument> entries);
  void remove(const std::string& key);
  /// JSON: {"ports": [...]}.
  void set_policy(const std::string& policy);

  /// Every connection ends at once. New ones are taken.
  void disconnect_all();
  /// False: everybody is answered 503 from now on, with this Retry-After if any.
  void set_available(bool available, const std::string& retry_after = {});

  [[nodiscard]] std::vector<DeliveredDocument> entries();
  [[nodiscard]] Counters counters();
  /// The head of the last request.
  [[nodiscard]] std::string last_request();

 private:
  struct Subscriber;
  struct Change {
    std::uint64_t version;
    std::string event;
  };

  net::awaitable<void> accept();
  net::awaitable<void> serve(std::shared_ptr<ServerStream> stream);
  net::awaitable<void> answer(ServerStream& stream, const std::string& head);
  net::awaitable<void> follow(std::shared_ptr<ServerStream> stream, std::string head);
  /// What a subscriber has not been told, as events; nullopt: that is not known any more.
  std::optional<std::string> news_for(Subscriber& subscriber);
  std::string beginning_for(Subscriber& subscriber, const std::string& last_id);
  void changed(std::string event);
  void put(DeliveredDocument entry);
  [[nodiscard]] std::string list() const;
  [[nodiscard]] std::string version_name(std::uint64_t version) const;
  [[nodiscard]] std::string sync_event() const;

  Options options_;
  std::string epoch_;  ///< of this server's versions: those of another one mean nothing here
  std::uint64_t version_ = 0;
  std::map<std::string, DeliveredDocument> entries_;
  std::string policy_;
  std::deque<Change> history_;
  std::set<std::shared_ptr<ServerStream>> streams_;
  std::set<Subscriber*> subscribers_;
  Counters counters_;
  std::string last_request_;
  bool available_ = true;
  std::string retry_after_;
  std::uint16_t port_ = 0;
  ServerLoop loop_;
  tcp::acceptor acceptor_;
};

}  // namespace jitgate::testing_server
