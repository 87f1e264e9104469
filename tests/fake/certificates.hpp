#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/host/file_access.hpp"

namespace jitgate {

/// A certificate with its key, made for one test; signed by `issuer`, or by itself.
class TestCertificate {
 public:
  /// `alternative`: "IP:127.0.0.1", or empty. `ends_in`: seconds from now.
  explicit TestCertificate(const std::string& common_name, const std::string& alternative = {},
                           const TestCertificate* issuer = nullptr, long ends_in = 24 * 3600)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    if (!key_ || !certificate_) throw std::runtime_error("no memory for a certificate");
    X509* made = certificate_.get();
    X509_set_version(made, X509_VERSION_3);
    static long serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), ends_in);
    X509_set_pubkey(made, key_.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    const TestCertificate& signer = issuer != nullptr ? *issuer : *this;
    X509_set_issuer_name(made, X509_get_subject_name(signer.certificate_.get()));
    if (issuer == nullptr) add_extension(NID_basic_constraints, "critical,CA:TRUE");
    if (!alternative.empty()) add_extension(NID_subject_alt_name, alternative);
    if (X509_sign(made, signer.key_.get(), EVP_sha256()) == 0) throw std::runtime_error("cannot sign a certificate");
  }

  void write(const std::string& certificate_path, const std::string& key_path) const {
    const File certificate(std::fopen(certificate_path.c_str(), "w"));
    const File key(std::fopen(key_path.c_str(), "w"));
    if (!certificate || !key) throw std::runtime_error("cannot write " + certificate_path);
    set_file_access(key_path, FileAccess::owner);
    PEM_write_X509(certificate.get(), certificate_.get());
    PEM_write_PrivateKey(key.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  void add_extension(int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    if (extension == nullptr) throw std::runtime_error("not an extension: " + value);
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace jitgate
