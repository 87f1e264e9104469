#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/result.hpp"

namespace jitgate {

/// A TCP connection to a server, with TLS over it once start_tls() has succeeded. Everything ends at its deadline.
/// Lives on the event loop's thread; whoever awaits one of its operations keeps it.
class ServerConnection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

  explicit ServerConnection(boost::asio::any_io_executor executor) : executor_(executor), stream_(executor) {}
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  /// To the first of the host's addresses that takes it, each of which gets its share of the time. `loopback_only`:
  /// addresses of other machines are not tried.
  [[nodiscard]] boost::asio::awaitable<Result<void>> connect(std::string host, std::uint16_t port, bool loopback_only,
                                                             Deadline deadline);
  /// The certificate must be one for `host`, a name or an address.
  [[nodiscard]] boost::asio::awaitable<Result<void>> start_tls(std::shared_ptr<boost::asio::ssl::context> context,
                                                               std::string host, Deadline deadline);
  [[nodiscard]] boost::asio::awaitable<Result<void>> write(std::string bytes, Deadline deadline);
  /// 0: the server has ended the connection in an orderly way.
  [[nodiscard]] boost::asio::awaitable<Result<std::size_t>> read_some(boost::asio::mutable_buffer space,
                                                                      Deadline deadline);
  /// Ends what is under way, with an error, and everything that is begun later.
  void close();

 private:
  struct Lookup;

  [[nodiscard]] boost::asio::awaitable<Result<Endpoints>> resolve(std::string host, std::uint16_t port,
                                                                  Deadline deadline);
  [[nodiscard]] Error failed(const std::string& what, const boost::system::error_code& code) const;

  boost::asio::any_io_executor executor_;
  boost::beast::tcp_stream stream_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
  std::shared_ptr<Lookup> lookup_;
  bool closed_ = false;
};

}  // namespace jitgate
