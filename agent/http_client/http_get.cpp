#include "agent/http_client/http_get.hpp"

#include <algorithm>
#include <boost/beast/http/status.hpp>

namespace jitgate {

namespace http = boost::beast::http;

std::string HttpHead::media_type() const {
  std::string_view value = field("Content-Type");
  value = value.substr(0, value.find_first_of("; \t"));
  std::string type(value);
  std::ranges::transform(type, type.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return type;
}

std::string status_text(unsigned status) {
  std::string text = std::to_string(status);
  const http::status known = http::int_to_status(status);
  if (known != http::status::unknown) text.append(" ").append(http::obsolete_reason(known));
  return text;
}

}  // namespace jitgate
