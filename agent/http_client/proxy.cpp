#include "agent/http_client/proxy.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <cstdlib>
#include <initializer_list>

#include "agent/model/address_prefix.hpp"
#include "agent/signature/base64.hpp"

namespace jitgate {
namespace {

std::string first_set(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_prefix_with(std::string_view entry, const std::string& host) {
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  const Result<AddressPrefix> prefix = AddressPrefix::parse(entry);
  if (!prefix) return false;
  const Result<AddressPrefix> address = AddressPrefix::parse(host);
  return address && prefix->contains(*address);
}

bool is_name_above(std::string_view entry, std::string_view host) {
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty() || !host.ends_with(entry)) return false;
  return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

/// Takes ":PORT" off the end, where there is one; an IPv6 address has colons of its own.
std::optional<std::uint16_t> take_port(std::string_view& entry) {
  const auto colon = entry.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  if (entry.find(':') != colon && entry[colon - 1] != ']') return std::nullopt;
  const std::string_view digits = entry.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (code != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  entry = entry.substr(0, colon);
  return port;
}

bool excepts(std::string_view entry, const ServerUrl& server) {
  if (entry == "*") return true;
  std::string name(entry);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::string_view rest = name;
  const auto port = take_port(rest);
  if (port && *port != server.port) return false;
  return is_prefix_with(rest, server.host) || is_name_above(rest, server.host);
}

bool goes_directly(const ServerUrl& server, std::string_view except) {
  if (!server.tls || names_loopback(server.host)) return true;
  while (!except.empty()) {
    const auto comma = except.find(',');
    if (const auto entry = trim(except.substr(0, comma)); !entry.empty() && excepts(entry, server)) return true;
    if (comma == std::string_view::npos) return false;
    except.remove_prefix(comma + 1);
  }
  return false;
}

Error not_understood() {
  return error(errc::invalid_argument, "must be http://HOST:PORT", "HTTPS_PROXY");
}

}  // namespace

ProxySettings proxies_of_environment() {
  return {first_set({"https_proxy", "HTTPS_PROXY"}), first_set({"no_proxy", "NO_PROXY"})};
}

Result<std::optional<Proxy>> proxy_for(const ServerUrl& server, const ProxySettings& settings) {
  if (settings.https.empty() || goes_directly(server, settings.except)) return std::optional<Proxy>();
  std::string text = settings.https;
  if (text.find("://") == std::string::npos) text.insert(0, "http://");
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed || parsed->scheme_id() != boost::urls::scheme::http) return not_understood();
  Proxy proxy;
  if (parsed->has_userinfo())
    proxy.authorization = "Basic " + signature::encode_base64(parsed->user() + ":" + parsed->password());
  const Result<ServerUrl> address = parse_server_url("http://" + std::string(parsed->encoded_host_and_port()));
  if (!address) return not_understood();
  proxy.host = address->host;
  proxy.port = address->port;
  return std::optional(std::move(proxy));
}

}  // namespace jitgate
