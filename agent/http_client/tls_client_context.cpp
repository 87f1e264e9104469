#include "agent/http_client/tls_client_context.hpp"

#include <openssl/ssl.h>

#include <iterator>

#include "agent/tls/own_certificate.hpp"
#include "platform/system_authorities.hpp"

namespace jitgate {

namespace ssl = boost::asio::ssl;

Result<std::shared_ptr<ssl::context>> make_tls_client_context(const TlsClientConfig& config) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX* handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  constexpr unsigned char kSpoken[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(handle, kSpoken, std::size(kSpoken) - 1);
  boost::system::error_code code;
  if (context->set_verify_mode(ssl::verify_peer, code); code)
    return error(errc::system_failed, "certificates cannot be verified: " + code.message());
  if (config.ca) {
    if (const Result<void> ca = use_authorities(*context, *config.ca); !ca) return ca.error();
  } else if (const Result<void> system = use_system_authorities(*context); !system) {
    return system.error();
  }
  if (config.certificate && config.key) {
    if (const Result<void> own = use_own_certificate(*context, *config.certificate, *config.key); !own)
      return own.error();
  }
  return context;
}

}  // namespace jitgate
