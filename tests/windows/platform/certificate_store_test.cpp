#include <openssl/x509.h>

#include "platform/system_authorities.hpp"
#include "windows_fixture.hpp"

namespace jitgate::test {
namespace {

TEST(SystemAuthorities, ThoseOfTheMachineAreBelieved) {
  boost::asio::ssl::context context(boost::asio::ssl::context::tls_client);
  X509_STORE* store = ::SSL_CTX_get_cert_store(context.native_handle());
  ASSERT_EQ(sk_X509_OBJECT_num(::X509_STORE_get0_objects(store)), 0);
  ASSERT_TRUE(succeeds(use_system_authorities(context)));
  EXPECT_GT(sk_X509_OBJECT_num(::X509_STORE_get0_objects(store)), 0);
}

}  // namespace
}  // namespace jitgate::test
