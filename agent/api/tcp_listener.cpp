#include "agent/api/tcp_listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/detail/socket_option.hpp>

namespace jitgate {
namespace {

namespace net = boost::asio;
using FreeBind4 = net::detail::socket_option::boolean<IPPROTO_IP, IP_FREEBIND>;
using FreeBind6 = net::detail::socket_option::boolean<IPPROTO_IPV6, IPV6_FREEBIND>;

std::string shown(const ListenAddress& address) {
  const bool ipv6 = address.address.find(':') != std::string::npos;
  return (ipv6 ? "[" + address.address + "]" : address.address) + ":" + std::to_string(address.port);
}

}  // namespace

Result<TcpAcceptor> listen_at(net::io_context& context, const ListenAddress& address) {
  const auto failed = [&](const char* what, const boost::system::error_code& code) {
    return error(errc::system_failed, std::string(what) + ": " + code.message(), shown(address));
  };
  boost::system::error_code code;
  const auto ip = net::ip::make_address(address.address, code);
  if (code) return failed("is not an address", code);
  const net::ip::tcp::endpoint endpoint(ip, address.port);
  TcpAcceptor acceptor(context);
  if (acceptor.open(endpoint.protocol(), code); code) return failed("cannot make a socket", code);
  if (acceptor.set_option(net::socket_base::reuse_address(true), code); code)
    return failed("cannot make a socket", code);
  if (ip.is_v4())
    acceptor.set_option(FreeBind4(true), code);
  else
    acceptor.set_option(FreeBind6(true), code);
  if (code) return failed("cannot listen before there is a network", code);
  if (acceptor.bind(endpoint, code); code) return failed("cannot bind", code);
  if (acceptor.listen(net::socket_base::max_listen_connections, code); code) return failed("cannot listen", code);
  return acceptor;
}

}  // namespace jitgate
