#include "agent/api/tls_context.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace jitgate {
namespace {

namespace ssl = boost::asio::ssl;

Error failed(const std::string& what, const boost::system::error_code& code, const std::string& path) {
  return error(errc::system_failed, what + ": " + code.message(), path);
}

Result<void> expect_private(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return error(errc::system_failed, std::string("cannot be read: ") + std::strerror(errno), path);
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return error(errc::system_failed, "may be read or written by others than its owner: chmod 0600", path);
  return {};
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const TlsFiles& files) {
  if (const Result<void> owners = expect_private(files.key); !owners) return owners.error();
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
  if (context->use_private_key_file(files.key, ssl::context::pem, code); code)
    return failed("cannot be used as the certificate's key", code, files.key);
  if (!files.client_ca) return context;
  if (context->load_verify_file(*files.client_ca, code); code)
    return failed("cannot be used as a certificate authority", code, *files.client_ca);
  if (context->set_verify_mode(ssl::verify_peer, code); code)
    return failed("client certificates cannot be verified", code, *files.client_ca);
  return context;
}

}  // namespace jitgate
