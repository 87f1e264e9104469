#include "agent/model/result.hpp"

#include <stdexcept>

namespace jitgate {

std::string_view to_string(errc code) {
  switch (code) {
    case errc::invalid_argument:
      return "InvalidArgument";
    case errc::not_supported:
      return "NotSupported";
    case errc::not_permitted:
      return "NotPermitted";
    case errc::not_found:
      return "NotFound";
    case errc::refused:
      return "Refused";
    case errc::conflict:
      return "Conflict";
    case errc::too_many:
      return "TooMany";
    case errc::unavailable:
      return "Unavailable";
    case errc::store_failed:
      return "StoreFailed";
    case errc::firewall_failed:
      return "FirewallFailed";
    case errc::system_failed:
      return "SystemFailed";
  }
  return "Unknown";
}

std::string describe(const Error& error) {
  std::string text = error.target;
  if (!text.empty() && !error.message.empty()) text += ": ";
  text += error.message;
  for (const Error& detail : error.details) text += "; " + describe(detail);
  return text;
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(describe(error));
}

}  // namespace jitgate
