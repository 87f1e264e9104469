#include "agent/api/unix_listener.hpp"

#include <boost/asio/error.hpp>
#include <filesystem>

namespace jitgate {
namespace {

namespace fs = std::filesystem;
namespace net = boost::asio;
using Protocol = net::local::stream_protocol;

template <class Code>
Error failed(const std::string& what, const Code& code, const std::string& path) {
  return error(errc::system_failed, what + ": " + code.message(), path);
}

/// The longest path is that of sockaddr_un (unix(7)); the endpoint's constructor throws beyond it.
Result<Protocol::endpoint> make_endpoint(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return error(errc::invalid_argument, "is not a path for a socket", path);
  }
  try {
    return Protocol::endpoint(path);
  } catch (const std::exception& caught) {
    return error(errc::invalid_argument, std::string("is not a path for a socket: ") + caught.what(), path);
  }
}

Result<void> ensure_directory(const std::string& path) {
  const fs::path directory = fs::path(path).parent_path();
  if (directory.empty()) return {};
  std::error_code code;
  const bool created = fs::create_directories(directory, code);
  if (code) return failed("cannot make the directory", code, directory.string());
  if (!created) return {};
  using enum fs::perms;
  fs::permissions(directory, owner_all | group_read | group_exec | others_read | others_exec, code);
  if (code) return failed("cannot set the mode of the directory", code, directory.string());
  return {};
}

/// Non-blocking, so that a listener whose queue is full counts as one that is there (connect(2), EAGAIN).
Result<void> expect_nobody(net::io_context& context, const Protocol::endpoint& endpoint) {
  Protocol::socket probe(context);
  boost::system::error_code code;
  if (probe.open(Protocol(), code); code) return failed("cannot make a socket", code, endpoint.path());
  if (probe.non_blocking(true, code); code) return failed("cannot make a socket", code, endpoint.path());
  probe.connect(endpoint, code);
  if (code == net::error::connection_refused) return {};
  if (!code || code == net::error::would_block || code == net::error::try_again || code == net::error::in_progress) {
    return error(errc::conflict, "another process answers on the socket", endpoint.path());
  }
  return failed("cannot tell whether somebody listens on the socket", code, endpoint.path());
}

Result<void> clear_stale_socket(net::io_context& context, const Protocol::endpoint& endpoint) {
  std::error_code code;
  const fs::file_status status = fs::symlink_status(endpoint.path(), code);
  if (status.type() == fs::file_type::not_found) return {};
  if (code) return failed("cannot look at the socket", code, endpoint.path());
  if (status.type() != fs::file_type::socket) {
    return error(errc::system_failed, "something that is not a socket is there already; remove it or name another path",
                 endpoint.path());
  }
  if (Result<void> nobody = expect_nobody(context, endpoint); !nobody) return nobody;
  fs::remove(endpoint.path(), code);
  if (code) return failed("cannot remove the stale socket", code, endpoint.path());
  return {};
}

Result<void> open_to_everybody(const std::string& path) {
  using enum fs::perms;
  std::error_code code;
  fs::permissions(path, owner_read | owner_write | group_read | group_write | others_read | others_write, code);
  if (code) return failed("cannot set the mode of the socket", code, path);
  return {};
}

}  // namespace

Result<UnixAcceptor> listen_at(net::io_context& context, const std::string& path) {
  const Result<Protocol::endpoint> endpoint = make_endpoint(path);
  if (!endpoint) return endpoint.error();
  if (const Result<void> directory = ensure_directory(path); !directory) return directory.error();
  if (const Result<void> clear = clear_stale_socket(context, *endpoint); !clear) return clear.error();

  UnixAcceptor acceptor(context);
  boost::system::error_code code;
  if (acceptor.open(Protocol(), code); code) return failed("cannot make a socket", code, path);
  if (acceptor.bind(*endpoint, code); code) return failed("cannot bind the socket", code, path);
  if (const Result<void> opened = open_to_everybody(path); !opened) return opened.error();
  if (acceptor.listen(net::socket_base::max_listen_connections, code); code)
    return failed("cannot listen on the socket", code, path);
  return acceptor;
}

Result<UnixAcceptor> adopt_listener(net::io_context& context, int listening_fd) {
  UnixAcceptor acceptor(context);
  boost::system::error_code code;
  if (acceptor.assign(Protocol(), listening_fd, code); code)
    return failed("cannot take over the listening socket", code, "listening_fd");
  return acceptor;
}

}  // namespace jitgate
