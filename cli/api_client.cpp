#include "cli/api_client.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cli/http_exchange.hpp"
#include "cli/json_view.hpp"

namespace jitgate::cli {
namespace {

namespace http = boost::beast::http;

std::string one_problem(const boost::json::value& problem) {
  const std::string target = text_at(problem, "target");
  const std::string message = text_at(problem, "message");
  return target.empty() ? message : target + ": " + message;
}

/// Everything that the error body says, in one line.
std::string describe_error(const HttpResponse& response) {
  boost::system::error_code malformed;
  const boost::json::value body = boost::json::parse(response.body(), malformed);
  const boost::json::value* problem = malformed ? nullptr : find(body, "error");
  if (problem == nullptr) return "the daemon answered with HTTP status " + std::to_string(response.result_int());
  std::string line = one_problem(*problem);
  for (const boost::json::value& detail : list_at(*problem, "details")) line += "; " + one_problem(detail);
  return line;
}

Outcome<HttpResponse> respond(const std::string& socket_path, HttpRequest request, std::chrono::milliseconds limit) {
  auto response = exchange(socket_path, std::move(request), limit);
  if (!response) {
    return Failure{ExitCode::unreachable, "cannot reach jitgated at " + socket_path + ": " + response.error()};
  }
  if (response->result_int() < 400) return std::move(*response);
  const bool permitted = response->result() != http::status::forbidden;
  return Failure{permitted ? ExitCode::failed : ExitCode::not_permitted, describe_error(*response)};
}

Outcome<std::string> call(const std::string& socket_path, HttpRequest request, std::chrono::milliseconds limit) {
  const auto response = respond(socket_path, std::move(request), limit);
  if (!response) return response.error();
  return response->body();
}

Outcome<boost::json::value> as_json(const Outcome<std::string>& text) {
  if (!text) return text.error();
  boost::system::error_code malformed;
  boost::json::value value = boost::json::parse(*text, malformed);
  if (malformed) return Failure{ExitCode::unreachable, "the daemon's answer is not JSON: " + malformed.message()};
  return value;
}

}  // namespace

ApiClient::ApiClient(std::string socket_path, std::chrono::milliseconds reply_limit)
    : socket_path_(std::move(socket_path)), reply_limit_(reply_limit) {}

Outcome<std::string> ApiClient::get_text(const std::string& target) const {
  return call(socket_path_, HttpRequest(http::verb::get, target, 11), reply_limit_);
}

Outcome<ApiClient::Page> ApiClient::get_page(const std::string& target) const {
  const auto response = respond(socket_path_, HttpRequest(http::verb::get, target, 11), reply_limit_);
  if (!response) return response.error();
  const auto link = (*response)[http::field::link];
  return Page{response->body(), std::string(link.data(), link.size())};
}

Outcome<boost::json::value> ApiClient::get(const std::string& target) const {
  return as_json(get_text(target));
}

Outcome<boost::json::value> ApiClient::post(const std::string& target, const boost::json::value& body) const {
  return send(http::verb::post, target, body);
}

Outcome<boost::json::value> ApiClient::put(const std::string& target, const boost::json::value& body) const {
  return send(http::verb::put, target, body);
}

Outcome<boost::json::value> ApiClient::send(http::verb verb, const std::string& target,
                                            const boost::json::value& body) const {
  HttpRequest request(verb, target, 11);
  request.set(http::field::content_type, "application/json");
  request.body() = boost::json::serialize(body);
  return as_json(call(socket_path_, std::move(request), reply_limit_));
}

}  // namespace jitgate::cli
