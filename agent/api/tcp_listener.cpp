#include "agent/api/tcp_listener.hpp"

#include "platform/listener_options.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;

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
  const auto set = set_listener_options(static_cast<std::uintptr_t>(acceptor.native_handle()), ip.is_v6());
  if (!set) return error(set.error().code, set.error().message, shown(address));
  if (acceptor.bind(endpoint, code); code) return failed("cannot bind", code);
  if (acceptor.listen(net::socket_base::max_listen_connections, code); code) return failed("cannot listen", code);
  return acceptor;
}

}  // namespace jitgate
