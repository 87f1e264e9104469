#include "platform/local_channel.hpp"

#include <sys/un.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace jitgate {
namespace {

namespace asio = boost::asio;

Result<void> outcome(const boost::system::error_code& code) {
  if (code) return error(errc::system_failed, code.message());
  return {};
}

class UnixChannel final : public LocalChannel {
 public:
  Result<void> connect(const std::string& path) {
    boost::system::error_code code;
    socket_.connect(asio::local::stream_protocol::endpoint(path), code);
    return outcome(code);
  }
  Result<void> write(std::string_view bytes) override {
    boost::system::error_code code;
    asio::write(socket_, asio::buffer(bytes), code);
    return outcome(code);
  }
  Result<std::string> read(std::size_t size) override {
    std::string bytes(size, '\0');
    boost::system::error_code code;
    asio::read(socket_, asio::buffer(bytes), code);
    if (code) return error(errc::system_failed, code.message());
    return bytes;
  }

 private:
  asio::io_context context_;
  asio::local::stream_protocol::socket socket_{context_};
};

}  // namespace

Result<std::unique_ptr<LocalChannel>> open_local_channel(const std::string& where) {
  // Asio reports such a path as an exception.
  if (where.size() >= sizeof(sockaddr_un::sun_path))
    return error(errc::invalid_argument, "too long for the path of a socket", where);
  auto channel = std::make_unique<UnixChannel>();
  if (const auto connected = channel->connect(where); !connected) return connected.error();
  return std::unique_ptr<LocalChannel>(std::move(channel));
}

std::optional<std::string> well_known_ssh_agent() {
  return std::nullopt;
}

}  // namespace jitgate
