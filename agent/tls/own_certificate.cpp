#include "agent/tls/own_certificate.hpp"

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

Result<void> use_own_certificate(ssl::context& context, const std::string& certificate, const std::string& key) {
  boost::system::error_code code;
  // Without an answer OpenSSL would ask for the passphrase of a key on the terminal.
  context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, code);
  if (context.use_certificate_chain_file(certificate, code); code)
    return failed("cannot be used as a certificate", code, certificate);
  return use_private_key(context, key);
}

Result<void> use_authorities(ssl::context& context, const std::string& file) {
  boost::system::error_code code;
  if (context.load_verify_file(file, code); code)
    return failed("cannot be used as a certificate authority", code, file);
  return {};
}

}  // namespace jitgate
