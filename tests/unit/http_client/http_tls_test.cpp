#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include <boost/asio/ip/tcp.hpp>
#include <fstream>

#include "agent/http_client/http_client.hpp"
#include "tests/fake/certificates.hpp"
#include "tests/scratch_directory.hpp"
#include "tests/source_server/await_result.hpp"
#include "tests/source_server/nginx.hpp"
#include "tests/source_server/scripted_server.hpp"
#include "tests/source_server/tool_process.hpp"

namespace jitgate {
namespace {

using namespace testing_server;
using testing::HasSubstr;
using testing::StartsWith;

class HttpTls : public testing::Test {
 protected:
  HttpTls() : ca_("test CA") {
    ca_.write(file("ca.pem"), file("ca.key"));
    TestCertificate("server", "IP:127.0.0.1", &ca_).write(file("server.pem"), file("server.key"));
  }
  std::string file(const std::string& name) const { return directory_.file(name); }
  void serve(const std::string& name = "server", const std::optional<std::string>& client_ca = std::nullopt) {
    serve(server_tls(file(name + ".pem"), file(name + ".key"), client_ca));
  }
  void serve(TlsContext tls) {
    server_.emplace(std::move(tls));
    server_->set_answers({{http_answer("200 OK", "", "sealed")}});
  }
  /// The body, or why there is none.
  std::string get(const std::string& url, const TlsClientConfig& tls) {
    HttpClient client(loop_.get_executor(), {});
    HttpGet what{.url = url, .tls = tls};
    what.limits.connect = connect_within_;
    const auto answer = await_result(loop_, client.get(std::move(what)));
    return answer ? answer->body : describe(answer.error());
  }
  std::string get(const TlsClientConfig& tls) { return get(server_->url(), tls); }
  TlsClientConfig believing(const std::string& name) const { return {file(name + ".pem"), std::nullopt, std::nullopt}; }
  TlsClientConfig pinned() const { return believing("ca"); }

  ScratchDirectory directory_;
  TestCertificate ca_;
  net::io_context loop_;
  std::optional<ScriptedServer> server_;
  std::chrono::milliseconds connect_within_ = std::chrono::seconds(20);
};

TEST_F(HttpTls, APinnedAuthorityIsBelieved) {
  serve();
  EXPECT_EQ(get(pinned()), "sealed");
}

TEST_F(HttpTls, TheSystemsAuthoritiesAreBelieved) {
  serve();
  EXPECT_EQ(get(TlsClientConfig()), "the certificate of 127.0.0.1: unable to get local issuer certificate");
  ::setenv("SSL_CERT_FILE", file("ca.pem").c_str(), 1);
  EXPECT_EQ(get(TlsClientConfig()), "sealed");
  ::unsetenv("SSL_CERT_FILE");
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

TEST_F(HttpTls, OpensslServesUs) {
  ToolProcess server({"openssl", "s_server", "-www", "-accept", "127.0.0.1:0", "-cert", file("server.pem"), "-key",
                      file("server.key"), "-CAfile", file("ca.pem"), "-Verify", "1"});
  const std::string said = server.read_until("ACCEPT");
  const std::string port = said.substr(said.rfind(':') + 1);
  TestCertificate("web-17", "", &ca_).write(file("client.pem"), file("client.key"));
  TlsClientConfig tls = pinned();
  tls.certificate = file("client.pem");
  tls.key = file("client.key");
  const std::string page = get("https://127.0.0.1:" + port + "/", tls);
  EXPECT_THAT(page, HasSubstr("TLSv1.3"));
  EXPECT_THAT(page, HasSubstr("web-17")) << "it was shown our certificate";
}

/// A real web server before a file.
class HttpNginx : public HttpTls {
 protected:
  void SetUp() override {
    if (!Nginx::is_installed()) GTEST_SKIP() << "nginx is not installed";
    std::ofstream(file("grants.json")) << "{\"some\": \"grants\"}";
    nginx_.emplace(directory_.path(),
                   "gzip on; gzip_min_length 1; gzip_types application/json;"
                   "location = /moved { return 301 /grants.json; }"
                   "location = /busy { add_header Retry-After 7 always; return 503; }");
  }
  Result<HttpAnswer> ask(const std::string& path, const std::string& etag = {}) {
    HttpClient client(loop_.get_executor(), {});
    HttpGet what{.url = nginx_->url(path), .tls = pinned()};
    if (!etag.empty()) what.fields = {{"If-None-Match", etag}};
    return await_result(loop_, client.get(std::move(what)));
  }

  std::optional<Nginx> nginx_;
};

TEST_F(HttpNginx, ServesUs) {
  const auto answer = ask("/grants.json");
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->head.media_type(), "application/json");
  EXPECT_EQ(answer->body, "{\"some\": \"grants\"}") << "although it would compress";
  const std::string etag(answer->head.field("ETag"));
  ASSERT_FALSE(etag.empty());
  const auto same = ask("/grants.json", etag);
  ASSERT_TRUE(same) << describe(same.error());
  EXPECT_EQ(same->head.status, 304U);
  EXPECT_EQ(same->body, "");
}

TEST_F(HttpNginx, ItsRefusalsAreUnderstood) {
  EXPECT_THAT(describe(ask("/moved").error()), StartsWith("the server redirects (301 Moved Permanently) to "));
  const auto busy = ask("/busy");
  ASSERT_TRUE(busy) << describe(busy.error());
  EXPECT_EQ(busy->head.status, 503U);
  EXPECT_EQ(busy->head.field("Retry-After"), "7");
  EXPECT_EQ(ask("/nothing")->head.status, 404U);
}

}  // namespace
}  // namespace jitgate
