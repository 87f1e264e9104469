#include "agent/api/error_reply.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace jitgate {
namespace {

boost::json::object to_object(std::string_view code, const Error& error) {
  return {{"code", code}, {"message", error.message}, {"target", error.target}};
}

std::string error_body(std::string_view code, const Error& error) {
  boost::json::array details;
  for (const Error& detail : error.details) details.push_back(to_object(to_string(detail.code), detail));
  boost::json::object body = to_object(code, error);
  body["details"] = std::move(details);
  boost::json::object document;
  document["error"] = std::move(body);
  return boost::json::serialize(document);
}

}  // namespace

http::status to_status(errc code) {
  switch (code) {
    case errc::invalid_argument:
    case errc::not_supported:
      return http::status::bad_request;
    case errc::not_permitted:
      return http::status::forbidden;
    case errc::not_found:
      return http::status::not_found;
    case errc::refused:
      return http::status::unprocessable_entity;
    case errc::conflict:
      return http::status::conflict;
    case errc::too_many:
      return http::status::too_many_requests;
    case errc::unavailable:
    case errc::store_failed:
    case errc::firewall_failed:
      return http::status::service_unavailable;
    case errc::system_failed:
      break;
  }
  return http::status::internal_server_error;
}

HttpReply error_reply(const Error& error) {
  HttpReply reply;
  reply.status = to_status(error.code);
  reply.body = error_body(to_string(error.code), error);
  reply.retry_after = error.retry_after;
  return reply;
}

HttpReply error_reply(const HttpFailure& failure) {
  HttpReply reply;
  reply.status = failure.status;
  reply.body = error_body(failure.code.empty() ? to_string(failure.error.code) : failure.code, failure.error);
  reply.allow = failure.allow;
  reply.close = true;
  if (failure.status == http::status::unauthorized) reply.authenticate = "Bearer realm=\"jitgate\"";
  return reply;
}

HttpFailure http_failure(http::status status, std::string code, std::string message, std::string target) {
  return HttpFailure{status, std::move(code), error(errc::invalid_argument, std::move(message), std::move(target)), {}};
}

}  // namespace jitgate
