#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "agent/api/client_stream.hpp"
#include "platform/peer_identity.hpp"
#include "platform/windows/named_pipe.hpp"

namespace jitgate {

/// Our end of a pipe, which closes itself when a time is over. Whatever waits for it holds it. Single-threaded.
class PipeEnd : public std::enable_shared_from_this<PipeEnd> {
 public:
  explicit PipeEnd(PipeHandle pipe) : pipe_(std::move(pipe)), deadline_(pipe_.get_executor()) {}

  [[nodiscard]] PipeHandle& pipe() { return pipe_; }
  [[nodiscard]] LocalHandle handle() { return reinterpret_cast<LocalHandle>(pipe_.native_handle()); }
  void expires_after(std::chrono::milliseconds time);
  void close();

 private:
  PipeHandle pipe_;
  boost::asio::steady_timer deadline_;
};

/// A client that has connected, what it sent first, and who it is, or why that is not known.
struct PipeClient {
  std::shared_ptr<PipeEnd> end;
  std::string first;
  Result<PeerIdentity> peer = error(errc::unavailable, "has not been identified");
};

/// Bytes over a named pipe.
class PipeStream final : public ClientStream {
 public:
  explicit PipeStream(PipeClient client) : end_(std::move(client.end)), first_(std::move(client.first)) {}

  void expires_after(std::chrono::milliseconds time) override { end_->expires_after(time); }
  boost::asio::awaitable<bool> open() override { co_return true; }
  boost::asio::awaitable<std::optional<std::size_t>> read_some(boost::asio::mutable_buffer space) override;
  boost::asio::awaitable<bool> write(http::response<http::string_body>& response) override;
  /// A pipe has no half that could be closed: the length of the reply tells where it ends.
  boost::asio::awaitable<void> finish() override { co_return; }
  void close() override { end_->close(); }
  ~PipeStream() override { end_->close(); }
  PipeStream(const PipeStream&) = delete;
  PipeStream& operator=(const PipeStream&) = delete;

 private:
  std::shared_ptr<PipeEnd> end_;
  std::string first_;  ///< not given out yet
};

}  // namespace jitgate
