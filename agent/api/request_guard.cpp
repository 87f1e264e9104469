#include "agent/api/request_guard.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <string_view>

#include "agent/api/error_reply.hpp"

namespace jitgate {
namespace {

using Check = std::optional<HttpFailure>;
using boost::beast::iequals;

Check bad_request(std::string message, std::string target) {
  return http_failure(http::status::bad_request, "InvalidArgument", std::move(message), std::move(target));
}

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Check check_target(const http::request_header<>& head) {
  if (head.target().starts_with('/')) return std::nullopt;
  return bad_request("the request target must be a path that begins with '/'", "target");
}

/// Several lengths, or a length and a coding, are how requests are smuggled (RFC 9112 6.3, 11.2): refused, never
/// resolved.
Check check_framing(const http::request_header<>& head) {
  const auto lengths = head.count(http::field::content_length);
  const auto codings = head.count(http::field::transfer_encoding);
  if (lengths > 1) return bad_request("given more than once", "Content-Length");
  if (codings > 1) return bad_request("given more than once", "Transfer-Encoding");
  if (lengths == 1 && codings == 1) return bad_request("given together with Content-Length", "Transfer-Encoding");
  if (lengths == 1) {
    const std::string_view value = view(head[http::field::content_length]);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (value.empty() || !std::ranges::all_of(value, is_digit))
      return bad_request("must be a number", "Content-Length");
  }
  if (codings == 1) {
    if (head.version() == 10) return bad_request("not part of HTTP/1.0", "Transfer-Encoding");
    if (!iequals(head[http::field::transfer_encoding], "chunked")) {
      return bad_request("only \"chunked\" is understood", "Transfer-Encoding");
    }
  }
  return std::nullopt;
}

Check check_single_fields(const http::request_header<>& head) {
  for (const http::field field : {http::field::host, http::field::content_type}) {
    if (head.count(field) > 1) return bad_request("given more than once", std::string(http::to_string(field)));
  }
  if (head.count("x-ms-client-request-id") > 1) return bad_request("given more than once", "x-ms-client-request-id");
  if (head.count(http::field::expect) > 0) {
    return http_failure(http::status::expectation_failed, "ExpectationFailed", "send the body without asking first",
                        "Expect");
  }
  return std::nullopt;
}

bool is_json(std::string_view value) {
  const std::size_t semicolon = value.find(';');
  std::string_view type = value.substr(0, semicolon);
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  if (!iequals(boost::beast::string_view(type.data(), type.size()), "application/json")) return false;
  if (semicolon == std::string_view::npos) return true;
  std::string_view parameter = value.substr(semicolon + 1);
  while (!parameter.empty() && (parameter.front() == ' ' || parameter.front() == '\t')) parameter.remove_prefix(1);
  return iequals(boost::beast::string_view(parameter.data(), parameter.size()), "charset=utf-8");
}

bool announces_body(const http::request_header<>& head) {
  if (head.count(http::field::transfer_encoding) > 0) return true;
  const std::string_view length = view(head[http::field::content_length]);
  return length.find_first_not_of('0') != std::string_view::npos;
}

Check check_body_type(const http::request_header<>& head) {
  const auto unsupported = [](std::string message, std::string target) {
    return http_failure(http::status::unsupported_media_type, "UnsupportedMediaType", std::move(message),
                        std::move(target));
  };
  if (head.count(http::field::content_encoding) > 0)
    return unsupported("the body must not be encoded", "Content-Encoding");
  if (announces_body(head) && !is_json(view(head[http::field::content_type]))) {
    return unsupported("the body must be application/json", "Content-Type");
  }
  return std::nullopt;
}

Check check_length(const http::request_header<>& head, const HttpLimits& limits) {
  std::string_view length = view(head[http::field::content_length]);
  length.remove_prefix(std::min(length.find_first_not_of('0'), length.size()));
  const std::string limit = std::to_string(limits.body);
  const bool too_long = length.size() > limit.size() || (length.size() == limit.size() && length > limit);
  if (!too_long) return std::nullopt;
  return http_failure(http::status::payload_too_large, "PayloadTooLarge", "the body may have " + limit + " bytes",
                      "Content-Length");
}

}  // namespace

std::optional<HttpFailure> check_head(const http::request_header<>& head, const HttpLimits& limits) {
  if (Check failure = check_framing(head)) return failure;
  if (Check failure = check_target(head)) return failure;
  if (Check failure = check_single_fields(head)) return failure;
  if (Check failure = check_length(head, limits)) return failure;
  return check_body_type(head);
}

}  // namespace jitgate
