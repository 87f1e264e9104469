#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

using UnixAcceptor = boost::asio::local::stream_protocol::acceptor;

/// Listens at `path`, open to every local user. The directory is made (mode 0755) where it is missing. A socket that
/// nobody answers on is what a crash left, and is replaced; one that answers is errc::conflict; anything else at the
/// path, a symbolic link included, is errc::system_failed and stays as it is.
[[nodiscard]] Result<UnixAcceptor> listen_at(boost::asio::io_context& context, const std::string& path);

/// Takes over a listening Unix socket; it is closed with the acceptor.
[[nodiscard]] Result<UnixAcceptor> adopt_listener(boost::asio::io_context& context, int listening_fd);

}  // namespace jitgate
