#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "tests/source_server/server_loop.hpp"
#include "tests/source_server/server_stream.hpp"

namespace jitgate::testing_server {

/// What one connection gets, whatever it asked.
struct ScriptedAnswer {
  enum class Then { finish, hold, repeat, cut };
  std::string bytes;
  Then then = Then::finish;  ///< hold: silence; repeat: the bytes of `again` without end; cut: no end of TLS
  std::string again{};
};

/// A whole answer with this body.
std::string http_answer(const std::string& status, const std::string& fields, const std::string& body);

/// A server on loopback that answers as it is told to. Thread-safe.
class ScriptedServer {
 public:
  explicit ScriptedServer(TlsContext tls = nullptr);
  ~ScriptedServer();

  /// One for each connection that comes; the last of them for all that follow.
  void set_answers(std::vector<ScriptedAnswer> answers);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:PORT/PATH", or https.
  [[nodiscard]] std::string url(const std::string& path = "/") const;
  /// The heads of the requests so far.
  [[nodiscard]] std::vector<std::string> requests() const;
  [[nodiscard]] std::size_t connections() const;

 private:
  net::awaitable<void> accept();
  net::awaitable<void> serve(std::shared_ptr<ServerStream> stream);
  ScriptedAnswer next_answer();

  mutable std::mutex mutex_;
  std::vector<ScriptedAnswer> answers_;
  std::vector<std::string> requests_;
  std::size_t connections_ = 0;
  TlsContext tls_;
  std::uint16_t port_ = 0;
  ServerLoop loop_;
  tcp::acceptor acceptor_;
};

}  // namespace jitgate::testing_server
