#include "agent/http_client/request_head.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>

#include "agent/model/utf8.hpp"
#include "jitgate/version.hpp"

namespace jitgate {
namespace {

namespace http = boost::beast::http;
using Request = http::request<http::empty_body>;

constexpr unsigned kHttp11 = 11;

Request request_to(http::verb verb, const std::string& target, const std::string& host) {
  Request request(verb, target, kHttp11);
  request.set(http::field::host, host);
  request.set(http::field::user_agent, std::string("jitgate/") + kVersion);
  return request;
}

std::string bytes_of(const Request& request) {
  std::ostringstream out;
  out << request;
  return out.str();
}

}  // namespace

Result<std::string> write_get(const HttpGet& what, const ServerUrl& server) {
  Request request = request_to(http::verb::get, server.target, server.authority);
  request.set(http::field::accept_encoding, "identity");
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : what.fields) {
    if (has_control_characters(value)) return error(errc::invalid_argument, "holds a control character", name);
    request.set(name, value);
  }
  if (what.bearer) {
    if (has_control_characters(*what.bearer))
      return error(errc::invalid_argument, "holds a control character", "token");
    request.set(http::field::authorization, "Bearer " + *what.bearer);
  }
  return bytes_of(request);
}

std::string write_connect(const ServerUrl& server, const Proxy& proxy) {
  const std::string host = server.host.find(':') == std::string::npos ? server.host : "[" + server.host + "]";
  const std::string target = host + ":" + std::to_string(server.port);
  Request request = request_to(http::verb::connect, target, target);
  if (proxy.authorization) request.set(http::field::proxy_authorization, *proxy.authorization);
  return bytes_of(request);
}

}  // namespace jitgate
