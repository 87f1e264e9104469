#include "agent/api/tls_context.hpp"

#include "agent/tls/own_certificate.hpp"

namespace jitgate {

namespace ssl = boost::asio::ssl;

Result<std::shared_ptr<ssl::context>> make_tls_context(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(handle, 0);
  if (const Result<void> own = use_own_certificate(*context, files.certificate, files.key); !own) return own.error();
  if (!files.client_ca) return context;
  if (const Result<void> ca = use_authorities(*context, *files.client_ca); !ca) return ca.error();
  boost::system::error_code code;
  if (context->set_verify_mode(ssl::verify_peer, code); code)
    return error(errc::system_failed, "client certificates cannot be verified: " + code.message(), *files.client_ca);
  return context;
}

}  // namespace jitgate
