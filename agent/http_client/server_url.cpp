#include "agent/http_client/server_url.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "agent/model/address_text.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kMaxUrl = 2048;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

Error refused(std::string why) {
  return error(errc::invalid_argument, std::move(why), "url");
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

Result<std::string> host_of(const urls::url_view& url) {
  std::string host = url.host_address();
  std::ranges::transform(host, host.begin(), lower);
  if (url.host_type() == urls::host_type::ipv4) return host;
  if (url.host_type() == urls::host_type::ipv6 && parse_ipv6(host)) return host;
  if (url.host_type() != urls::host_type::name || host.empty() || !std::ranges::all_of(host, is_name_character))
    return refused("names no host");
  return host;
}

}  // namespace

Result<ServerUrl> parse_server_url(std::string_view text) {
  if (text.size() > kMaxUrl) return refused("is longer than " + std::to_string(kMaxUrl) + " bytes");
  const auto parsed = urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!parsed) return refused("is no URL: " + in_quotes(text));
  const urls::url_view& url = *parsed;
  ServerUrl server;
  server.tls = url.scheme_id() == urls::scheme::https;
  if (!server.tls && url.scheme_id() != urls::scheme::http) return refused("must begin with https://");
  if (url.has_userinfo()) return refused("must not hold a user or password");
  if (url.has_fragment()) return refused("must not hold a fragment");
  Result<std::string> host = host_of(url);
  if (!host) return host.error();
  const std::uint16_t usual = server.tls ? kHttpsPort : kHttpPort;
  if (url.has_port() && !url.port().empty() && url.port_number() == 0) return refused("names no port from 1 to 65535");
  server.port = url.port_number() != 0 ? url.port_number() : usual;
  server.authority = host->find(':') == std::string::npos ? *host : "[" + *host + "]";
  if (server.port != usual) server.authority += ":" + std::to_string(server.port);
  server.host = std::move(*host);
  const auto path = url.encoded_path();
  server.target.assign(path.data(), path.size());
  if (server.target.empty()) server.target = "/";
  if (url.has_query()) {
    const auto query = url.encoded_query();
    server.target.append("?").append(query.data(), query.size());
  }
  return server;
}

bool names_loopback(const std::string& host) {
  if (host == "localhost") return true;
  if (const auto ipv4 = parse_ipv4(host)) return (*ipv4)[0] == 127;
  const auto ipv6 = parse_ipv6(host);
  return ipv6 && format_ipv6(*ipv6) == "::1";
}

}  // namespace jitgate
