#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "agent/config/config.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

using TcpAcceptor = boost::asio::ip::tcp::acceptor;

/// Listens at an address that this host need not have yet: the daemon starts before there is a network.
[[nodiscard]] Result<TcpAcceptor> listen_at(boost::asio::io_context& context, const ListenAddress& address);

}  // namespace jitgate
