#include "agent/api/azure_error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "agent/api/error_reply.hpp"

namespace jitgate {
namespace {

std::string_view azure_code(errc code) {
  switch (code) {
    case errc::invalid_argument:
    case errc::refused:
      return "InvalidRequest";
    case errc::not_supported:
      return "NotSupported";
    case errc::not_permitted:
      return "AuthorizationFailed";
    case errc::not_found:
      return "ResourceNotFound";
    case errc::conflict:
      return "Conflict";
    case errc::too_many:
      return "TooManyRequests";
    case errc::unavailable:
    case errc::store_failed:
    case errc::firewall_failed:
      return "ServiceUnavailable";
    case errc::system_failed:
      break;
  }
  return "InternalServerError";
}

boost::json::object to_object(const Error& error) {
  boost::json::object object{{"code", azure_code(error.code)}, {"message", error.message}};
  if (!error.target.empty()) object["target"] = error.target;
  return object;
}

}  // namespace

HttpReply azure_error_reply(const Error& error) {
  boost::json::array details;
  for (const Error& detail : error.details) details.push_back(to_object(detail));
  boost::json::object body = to_object(error);
  body["details"] = std::move(details);
  HttpReply reply;
  reply.status = error.code == errc::refused ? http::status::bad_request : to_status(error.code);
  reply.content_type = "application/json; charset=utf-8";
  reply.body = boost::json::serialize(boost::json::object{{"error", std::move(body)}});
  reply.retry_after = error.retry_after;
  return reply;
}

}  // namespace jitgate
