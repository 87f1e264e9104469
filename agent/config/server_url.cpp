#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "agent/config/sections.hpp"
#include "agent/model/address_text.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxUrl = 2048;
constexpr std::string_view kHttp = "http";
constexpr std::string_view kHttps = "https";

std::string_view view(boost::core::string_view text) {
  return {text.data(), text.size()};
}

/// What is wrong with it; empty: nothing.
std::string_view fault_of(const boost::urls::url_view& url, bool (*plain)(std::string_view)) {
  const std::string host = url.host_address();
  if (view(url.scheme()) != kHttps && view(url.scheme()) != kHttp) return "has another scheme than https";
  if (!url.has_authority() || host.empty()) return "names no server";
  if (url.has_userinfo()) return "has a user in it";
  if (url.has_fragment()) return "has a fragment";
  // Also what is no number of 16 bits.
  if (url.has_port() && url.port_number() == 0) return "has no port from 1 to 65535";
  if (view(url.scheme()) == kHttp && !plain(host)) return "would be asked without TLS";
  return {};
}

}  // namespace

bool is_loopback(std::string_view address) {
  if (const auto ipv4 = parse_ipv4(address)) return (*ipv4)[0] == 127;
  return parse_ipv6(address) == std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
}

bool is_loopback_or_link_local(std::string_view address) {
  const auto ipv4 = parse_ipv4(address);
  return (ipv4 && (*ipv4)[0] == 169 && (*ipv4)[1] == 254) || is_loopback(address);
}

std::optional<std::string> read_server_url(const Field& field, bool (*plain)(std::string_view address),
                                           const std::string& expected) {
  auto text = read_text(field, expected, kMaxUrl);
  if (!text) return std::nullopt;
  const auto url = boost::urls::parse_uri(*text);
  const std::string_view fault = url ? fault_of(*url, plain) : "is not a URL";
  if (fault.empty()) return text;
  field.wrong(shown(field) + " " + std::string(fault), expected);
  return std::nullopt;
}

}  // namespace jitgate
