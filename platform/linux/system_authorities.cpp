#include "platform/system_authorities.hpp"

namespace jitgate {

Result<void> use_system_authorities(boost::asio::ssl::context& context) {
  boost::system::error_code code;
  if (context.set_default_verify_paths(code); code)
    return error(errc::system_failed, "the system's certificate authorities cannot be read: " + code.message());
  return {};
}

}  // namespace jitgate
