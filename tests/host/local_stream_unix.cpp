#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>

#include "tests/host/local_stream.hpp"

namespace jitgate {

namespace net = boost::asio;
using Protocol = net::local::stream_protocol;

std::string local_address(const ScratchDirectory& directory) {
  return directory.file("agent.sock");
}

bool is_local_address_taken(const std::string& address) {
  return std::filesystem::exists(address);
}

struct LocalStream::System {
  net::io_context context;
  Protocol::socket socket{context};
};

LocalStream::LocalStream(const std::string& address) : system_(std::make_unique<System>()) {
  system_->socket.connect(Protocol::endpoint(address));
}

LocalStream::~LocalStream() = default;

std::size_t LocalStream::read_into(net::mutable_buffer space, boost::system::error_code& failed) {
  return system_->socket.read_some(space, failed);
}

std::size_t LocalStream::write_from(net::const_buffer bytes, boost::system::error_code& failed) {
  return system_->socket.write_some(bytes, failed);
}

void LocalStream::close() {
  system_->socket.close();
}

struct SilentLocalServer::System {
  explicit System(const std::string& address) : acceptor(context, Protocol::endpoint(address)) {}
  net::io_context context;
  Protocol::acceptor acceptor;
};

SilentLocalServer::SilentLocalServer(const std::string& address) : system_(std::make_unique<System>(address)) {}

SilentLocalServer::~SilentLocalServer() = default;

}  // namespace jitgate
