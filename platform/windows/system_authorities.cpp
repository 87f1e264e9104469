// Before OpenSSL's headers, which take away the names that wincrypt.h has in common with them.
#include <winsock2.h>
// clang-format off
#include <windows.h>
#include <wincrypt.h>
// clang-format on

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "platform/system_authorities.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

struct CloseStore {
  void operator()(void* store) const { ::CertCloseStore(store, 0); }
};
using Store = std::unique_ptr<void, CloseStore>;

struct FreeCertificate {
  void operator()(X509* certificate) const { ::X509_free(certificate); }
};

Store open_machine_store(const wchar_t* name) {
  return Store(::CertOpenStore(
      CERT_STORE_PROV_SYSTEM_W, 0, 0,
      CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG, name));
}

/// What the store's own list of purposes and the certificate's leave, if there is either
/// (learn.microsoft.com, CertGetEnhancedKeyUsage).
bool is_for_servers(PCCERT_CONTEXT certificate) {
  DWORD size = 0;
  if (::CertGetEnhancedKeyUsage(certificate, 0, nullptr, &size) == FALSE) return false;
  std::vector<std::byte> space(size);
  auto* usage = reinterpret_cast<CERT_ENHKEY_USAGE*>(space.data());
  if (::CertGetEnhancedKeyUsage(certificate, 0, usage, &size) == FALSE) return false;
  if (usage->cUsageIdentifier == 0) return ::GetLastError() == static_cast<DWORD>(CRYPT_E_NOT_FOUND);  // for everything
  for (DWORD i = 0; i < usage->cUsageIdentifier; ++i) {
    if (std::string_view(usage->rgpszUsageIdentifier[i]) == szOID_PKIX_KP_SERVER_AUTH) return true;
  }
  return false;
}

bool is_disallowed(PCCERT_CONTEXT certificate, const Store& disallowed) {
  if (!disallowed) return false;
  const CERT_CONTEXT* found =
      ::CertFindCertificateInStore(disallowed.get(), X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, certificate, nullptr);
  if (found != nullptr) ::CertFreeCertificateContext(found);
  return found != nullptr;
}

/// One that OpenSSL cannot read, or has already, is passed over.
void believe(X509_STORE* trusted, PCCERT_CONTEXT certificate) {
  const unsigned char* bytes = certificate->pbCertEncoded;
  const std::unique_ptr<X509, FreeCertificate> parsed(
      ::d2i_X509(nullptr, &bytes, static_cast<long>(certificate->cbCertEncoded)));
  if (parsed) ::X509_STORE_add_cert(trusted, parsed.get());
  ::ERR_clear_error();
}

}  // namespace

Result<void> use_system_authorities(boost::asio::ssl::context& context) {
  const Store roots = open_machine_store(L"ROOT");
  if (!roots) return last_windows_error("the system's certificate authorities cannot be read");
  const Store disallowed = open_machine_store(L"Disallowed");
  X509_STORE* trusted = ::SSL_CTX_get_cert_store(context.native_handle());
  // Each call gives back the certificate before.
  for (PCCERT_CONTEXT one = nullptr; (one = ::CertEnumCertificatesInStore(roots.get(), one)) != nullptr;) {
    if (is_for_servers(one) && !is_disallowed(one, disallowed)) believe(trusted, one);
  }
  return {};
}

}  // namespace jitgate
