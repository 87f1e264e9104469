#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <stdexcept>

#include "platform/windows/named_pipe.hpp"
#include "tests/host/local_stream.hpp"

namespace jitgate {

namespace net = boost::asio;

std::string local_address(const ScratchDirectory& directory) {
  return R"(\\.\pipe\)" + std::filesystem::path(directory.path()).filename().string();
}

bool is_local_address_taken(const std::string& address) {
  return is_pipe_served(address);
}

struct LocalStream::System {
  explicit System(const std::string& name) : pipe(context) {
    for (;;) {
      auto opened = open_pipe(context.get_executor(), name);
      if (opened) {
        pipe = std::move(*opened);
        return;
      }
      // Every end is taken, until the server has made another; this waits for one.
      if (opened.error().code != errc::unavailable || !is_pipe_served(name))
        throw std::runtime_error(describe(opened.error()));
    }
  }
  net::io_context context;
  PipeHandle pipe;
};

LocalStream::LocalStream(const std::string& address) : system_(std::make_unique<System>(address)) {}

LocalStream::~LocalStream() = default;

std::size_t LocalStream::read_into(net::mutable_buffer space, boost::system::error_code& failed) {
  return system_->pipe.read_some(space, failed);
}

std::size_t LocalStream::write_from(net::const_buffer bytes, boost::system::error_code& failed) {
  return system_->pipe.write_some(bytes, failed);
}

void LocalStream::close() {
  system_->pipe.close();
}

struct SilentLocalServer::System {
  explicit System(const std::string& name) : end(make_pipe_end(context.get_executor(), name, true).value()) {}
  net::io_context context;
  PipeHandle end;
};

SilentLocalServer::SilentLocalServer(const std::string& address) : system_(std::make_unique<System>(address)) {}

SilentLocalServer::~SilentLocalServer() = default;

}  // namespace jitgate
