#include "tests/unit/api/raw_client.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>

namespace jitgate {

namespace net = boost::asio;
namespace http = boost::beast::http;

boost::json::value RawResponse::json() const {
  return boost::json::parse(body);
}

bool RawClient::send(std::string_view bytes) {
  boost::system::error_code code;
  net::write(stream_, net::buffer(bytes), code);
  return !code;
}

std::optional<RawResponse> RawClient::receive(bool head) {
  http::response_parser<http::string_body> parser;
  parser.body_limit(64 * 1024 * 1024);
  parser.skip(head);
  boost::system::error_code code;
  http::read(stream_, buffer_, parser, code);
  if (code) return std::nullopt;
  const auto& message = parser.get();
  return RawResponse{message.result_int(),
                     std::string(message[http::field::allow]),
                     std::string(message[http::field::retry_after]),
                     std::string(message[http::field::content_type]),
                     message.keep_alive(),
                     message.body(),
                     std::string(message[http::field::link])};
}

RawResponse RawClient::exchange(std::string_view bytes) {
  send(bytes);
  return receive().value_or(RawResponse{});
}

bool RawClient::ends() {
  char byte = 0;
  boost::system::error_code code;
  return stream_.read_some(net::buffer(&byte, 1), code) == 0 && code;
}

std::string get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\n\r\n";
}

std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

RawResponse call(const std::string& address, std::string_view bytes) {
  return RawClient(address).exchange(bytes);
}

}  // namespace jitgate
