#include "tests/source_server/scripted_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace jitgate::testing_server {

std::string http_answer(const std::string& status, const std::string& fields, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

ScriptedServer::ScriptedServer(TlsContext tls)
    : tls_(std::move(tls)), acceptor_(loop_.context(), {net::ip::address_v4::loopback(), 0}) {
  port_ = acceptor_.local_endpoint().port();
  net::co_spawn(loop_.context(), accept(), net::detached);
}

ScriptedServer::~ScriptedServer() {
  loop_.stop();
}

void ScriptedServer::set_answers(std::vector<ScriptedAnswer> answers) {
  const std::scoped_lock lock(mutex_);
  answers_ = std::move(answers);
}

std::string ScriptedServer::url(const std::string& path) const {
  return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_) + path;
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::size_t ScriptedServer::connections() const {
  const std::scoped_lock lock(mutex_);
  return connections_;
}

net::awaitable<void> ScriptedServer::accept() {
  for (;;) {
    auto [code, socket] = co_await acceptor_.async_accept(kToResult);
    if (code) co_return;
    {
      const std::scoped_lock lock(mutex_);
      ++connections_;
    }
    auto stream = std::make_shared<ServerStream>(std::move(socket), tls_);
    net::co_spawn(loop_.context(), serve(std::move(stream)), net::detached);
  }
}

net::awaitable<void> ScriptedServer::serve(std::shared_ptr<ServerStream> stream) {
  if (!co_await stream->open()) co_return;
  std::optional<std::string> head = co_await stream->read_head();
  if (!head) co_return;
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(std::move(*head));
  }
  const ScriptedAnswer answer = next_answer();
  bool alive = co_await stream->write(answer.bytes);
  if (answer.then == ScriptedAnswer::Then::repeat) {
    while (alive) alive = co_await stream->write(answer.again);
  }
  if (answer.then == ScriptedAnswer::Then::hold) co_await stream->wait_for_end();
  if (answer.then == ScriptedAnswer::Then::finish) co_await stream->finish();
  stream->close();
}

ScriptedAnswer ScriptedServer::next_answer() {
  const std::scoped_lock lock(mutex_);
  if (answers_.empty()) return {http_answer("404 Not Found", "", "")};
  ScriptedAnswer answer = answers_.front();
  if (answers_.size() > 1) answers_.erase(answers_.begin());
  return answer;
}

}  // namespace jitgate::testing_server
