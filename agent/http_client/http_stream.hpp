#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <string>

#include "agent/http_client/http_get.hpp"
#include "agent/http_client/response_reader.hpp"
#include "agent/http_client/server_connection.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// An answer whose body is read as it arrives. Its connection ends with it.
class HttpStream {
 public:
  HttpStream(std::shared_ptr<ServerConnection> connection, const HttpGetLimits& limits, ResponseReader::Kind kind);
  HttpStream(const HttpStream&) = delete;
  HttpStream& operator=(const HttpStream&) = delete;

  /// Once, before anything else; what was sent ahead of the answer (1xx) is passed over.
  [[nodiscard]] boost::asio::awaitable<Result<void>> read_head(ServerConnection::Deadline deadline);
  [[nodiscard]] const HttpHead& head() const { return head_; }
  /// The next bytes of the body, one or more, or none at its end. Fails where nothing comes before `deadline`.
  [[nodiscard]] boost::asio::awaitable<Result<std::string>> read(ServerConnection::Deadline deadline);
  /// Bytes that have come and belong to no answer.
  [[nodiscard]] bool has_left_over() const { return buffer_.size() > 0; }

 private:
  [[nodiscard]] boost::asio::awaitable<Result<void>> read_more(ServerConnection::Deadline deadline);

  std::shared_ptr<ServerConnection> connection_;
  HttpGetLimits limits_;
  ResponseReader::Kind kind_;
  boost::beast::flat_buffer buffer_;
  std::unique_ptr<ResponseReader> reader_;
  HttpHead head_;
};

}  // namespace jitgate
