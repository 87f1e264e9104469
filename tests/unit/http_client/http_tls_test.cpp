#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>

#include "tests/unit/http_client/http_tls_fixture.hpp"

namespace jitgate {
namespace {

using namespace testing_server;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(HttpTls, APinnedAuthorityIsBelieved) {
  serve();
  EXPECT_EQ(get(pinned()), "sealed");
}

TEST_F(HttpTls, AnotherAuthorityIsNot) {
  serve();
  TestCertificate("other CA").write(file("other.pem"), file("other.key"));
  EXPECT_THAT(get(believing("other")), StartsWith("the certificate of 127.0.0.1: "));
  EXPECT_TRUE(server_->requests().empty()) << "nothing is said to a server that is not believed";
}

TEST_F(HttpTls, TheHostMustBeNamed) {
  TestCertificate("elsewhere", "IP:127.0.0.2", &ca_).write(file("elsewhere.pem"), file("elsewhere.key"));
  serve("elsewhere");
  EXPECT_EQ(get(pinned()), "the certificate of 127.0.0.1: IP address mismatch");
  TestCertificate("hub", "DNS:hub.example", &ca_).write(file("hub.pem"), file("hub.key"));
  serve("hub");
  EXPECT_EQ(get("https://localhost:" + std::to_string(server_->port()), pinned()),
            "the certificate of localhost: hostname mismatch");
  TestCertificate("localhost", "", &ca_).write(file("common.pem"), file("common.key"));
  serve("common");
  EXPECT_EQ(get("https://localhost:" + std::to_string(server_->port()), pinned()),
            "the certificate of localhost: hostname mismatch")
      << "a common name does not count";
}

TEST_F(HttpTls, AnExpiredCertificateIsNotBelieved) {
  TestCertificate("server", "IP:127.0.0.1", &ca_, -60).write(file("old.pem"), file("old.key"));
  serve("old");
  EXPECT_EQ(get(pinned()), "the certificate of 127.0.0.1: certificate has expired");
}

TEST_F(HttpTls, AClientShowsItsCertificate) {
  serve("server", file("ca.pem"));
  TestCertificate("web-17", "", &ca_).write(file("client.pem"), file("client.key"));
  TlsClientConfig tls = pinned();
  EXPECT_THAT(get(tls), HasSubstr("certificate required"));
  tls.certificate = file("client.pem");
  tls.key = file("client.key");
  EXPECT_EQ(get(tls), "sealed");
  tls.key = file("ca.key");
  EXPECT_THAT(get(tls), StartsWith(file("ca.key") + ": cannot be used as the certificate's key: "));
}

TEST_F(HttpTls, FilesCountAsTheyAre) {
  serve();
  TestCertificate("other CA").write(file("pinned.pem"), file("pinned.key"));
  EXPECT_NE(get(believing("pinned")), "sealed");
  ca_.write(file("pinned.pem"), file("pinned.key"));
  EXPECT_EQ(get(believing("pinned")), "sealed");
  EXPECT_THAT(get(believing("nothing")), StartsWith(file("nothing.pem") + ": cannot be used as a certificate"));
}

TEST_F(HttpTls, OldVersionsAreRefused) {
  TlsContext old = server_tls(file("server.pem"), file("server.key"));
  SSL_CTX_set_security_level(old->native_handle(), 0);
  SSL_CTX_set_min_proto_version(old->native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(old->native_handle(), TLS1_1_VERSION);
  serve(std::move(old));
  EXPECT_THAT(get(pinned()), StartsWith("TLS with 127.0.0.1: "));
  TlsContext minimum = server_tls(file("server.pem"), file("server.key"));
  SSL_CTX_set_max_proto_version(minimum->native_handle(), TLS1_2_VERSION);
  serve(std::move(minimum));
  EXPECT_EQ(get(pinned()), "sealed");
}

TEST_F(HttpTls, WhatIsNotTlsIsNamed) {
  net::ip::tcp::acceptor acceptor(loop_, {net::ip::address_v4::loopback(), 0});
  std::optional<net::ip::tcp::socket> peer;
  acceptor.async_accept([&](boost::system::error_code, net::ip::tcp::socket socket) {
    peer.emplace(std::move(socket));
    net::write(*peer, net::buffer(std::string("SSH-2.0-OpenSSH_9.2\r\n")));
  });
  EXPECT_EQ(get("https://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()), pinned()),
            "TLS with 127.0.0.1: wrong version number (SSL routines)");
}

TEST_F(HttpTls, AServerThatSaysNothingIsLeft) {
  net::ip::tcp::acceptor silent(loop_, {net::ip::address_v4::loopback(), 0});
  connect_within_ = std::chrono::milliseconds(50);
  EXPECT_EQ(get("https://127.0.0.1:" + std::to_string(silent.local_endpoint().port()), pinned()),
            "TLS with 127.0.0.1: timed out");
}

TEST_F(HttpTls, ACutConnectionIsNotAnEnd) {
  serve();
  server_->set_answers({{"HTTP/1.1 200 OK\r\n\r\nhalf of it", ScriptedAnswer::Then::cut}});
  EXPECT_EQ(get(pinned()), "read the answer: the server broke the connection off");
}

}  // namespace
}  // namespace jitgate
