// Where a Linux host has its authorities, and servers that are programs of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "tests/source_server/nginx.hpp"
#include "tests/source_server/tool_process.hpp"
#include "tests/unit/http_client/http_tls_fixture.hpp"

namespace jitgate {
namespace {

using namespace testing_server;
using testing::HasSubstr;
using testing::StartsWith;
using HttpTlsOnLinux = HttpTls;

TEST_F(HttpTlsOnLinux, TheSystemsAuthoritiesAreBelieved) {
  serve();
  EXPECT_EQ(get(TlsClientConfig()), "the certificate of 127.0.0.1: unable to get local issuer certificate");
  ::setenv("SSL_CERT_FILE", file("ca.pem").c_str(), 1);
  EXPECT_EQ(get(TlsClientConfig()), "sealed");
  ::unsetenv("SSL_CERT_FILE");
}

TEST_F(HttpTlsOnLinux, OpensslServesUs) {
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
