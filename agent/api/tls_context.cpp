#include "agent/api/tls_context.hpp"

#include <openssl/crypto.h>

#include <boost/asio/buffer.hpp>

#include "platform/secret_file.hpp"

namespace jitgate {
namespace {

namespace ssl = boost::asio::ssl;

Error failed(const std::string& what, const boost::system::error_code& code, const std::string& path) {
  return error(errc::system_failed, what + ": " + code.message(), path);
}

constexpr std::size_t kMaxKeyFile = 64 * 1024;

Result<void> use_private_key(ssl::context& context, const std::string& path) {
  Result<std::string> pem = read_secret_file(path, kMaxKeyFile);
  if (!pem) return pem.error();
  boost::system::error_code code;
  context.use_private_key(boost::asio::buffer(*pem), ssl::context::pem, code);
  OPENSSL_cleanse(pem->data(), pem->size());
  if (code) return failed("cannot be used as the certificate's key", code, path);
  return {};
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(handle, 0);
  boost::system::error_code code;
  // Without an answer OpenSSL would ask for the passphrase of a key on the terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, code);
  if (context->use_certificate_chain_file(files.certificate, code); code)
    return failed("cannot be used as a certificate", code, files.certificate);
  if (const Result<void> key = use_private_key(*context, files.key); !key) return key.error();
  if (!files.client_ca) return context;
  if (context->load_verify_file(*files.client_ca, code); code)
    return failed("cannot be used as a certificate authority", code, *files.client_ca);
  if (context->set_verify_mode(ssl::verify_peer, code); code)
    return failed("client certificates cannot be verified", code, *files.client_ca);
  return context;
}

}  // namespace jitgate
