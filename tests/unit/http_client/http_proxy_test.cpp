#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/http_client/http_client.hpp"
#include "tests/fake/certificates.hpp"
#include "tests/scratch_directory.hpp"
#include "tests/source_server/await_result.hpp"
#include "tests/source_server/scripted_server.hpp"
#include "tests/source_server/tunnel_proxy.hpp"

namespace jitgate {
namespace {

using namespace testing_server;
using testing::HasSubstr;

class HttpProxy : public testing::Test {
 protected:
  HttpProxy() {
    TestCertificate("hub", "DNS:hub.example").write(file("hub.pem"), file("hub.key"));
    server_.emplace(server_tls(file("hub.pem"), file("hub.key")));
    server_->set_answers({{http_answer("200 OK", "", "through")}});
  }
  std::string file(const std::string& name) const { return directory_.file(name); }
  Result<HttpAnswer> get(const TunnelProxy& proxy, bool direct = false) {
    const std::string address = "127.0.0.1:" + std::to_string(proxy.port());
    HttpClient client(loop_.get_executor(), {"http://ann:p%40ss@" + address, ""});
    HttpGet what{.url = "https://hub.example/v1/grants",
                 .bearer = "secret",
                 .tls = {file("hub.pem"), std::nullopt, std::nullopt}};
    what.direct = direct;
    return await_result(loop_, client.get(std::move(what)));
  }

  ScratchDirectory directory_;
  net::io_context loop_;
  std::optional<ScriptedServer> server_;
};

TEST_F(HttpProxy, TunnelsToTheServer) {
  const TunnelProxy proxy(server_->port());
  const auto answer = get(proxy);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->body, "through");
  ASSERT_EQ(proxy.requests().size(), 1U);
  const std::string asked = proxy.requests().front();
  EXPECT_THAT(asked, testing::StartsWith("CONNECT hub.example:443 HTTP/1.1\r\n"));
  EXPECT_EQ(field_of(asked, "Proxy-Authorization"), "Basic YW5uOnBAc3M=");
  EXPECT_EQ(field_of(asked, "Authorization"), "") << "the token is the server's alone";
  ASSERT_EQ(server_->requests().size(), 1U);
  EXPECT_EQ(field_of(server_->requests().front(), "Authorization"), "Bearer secret");
  EXPECT_EQ(field_of(server_->requests().front(), "Proxy-Authorization"), "");
}

TEST_F(HttpProxy, ItsRefusalIsNamedWithoutThePassword) {
  const TunnelProxy proxy(server_->port(), "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  const auto answer = get(proxy);
  ASSERT_FALSE(answer);
  EXPECT_EQ(describe(answer.error()),
            "the proxy 127.0.0.1 port " + std::to_string(proxy.port()) + " answered 407 Proxy Authentication Required");
}

TEST_F(HttpProxy, OneThatSpeaksForTheServerIsRefused) {
  const TunnelProxy proxy(server_->port(), "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
  const auto answer = get(proxy);
  ASSERT_FALSE(answer);
  EXPECT_THAT(describe(answer.error()), HasSubstr("speaks ahead of the server"));
}

TEST_F(HttpProxy, IsNotAskedWhereTheWayIsDirect) {
  const TunnelProxy proxy(server_->port());
  const auto answer = get(proxy, true);
  ASSERT_FALSE(answer) << "hub.example is nowhere";
  EXPECT_THAT(describe(answer.error()), testing::StartsWith("look up hub.example: "));
  EXPECT_TRUE(proxy.requests().empty());
}

}  // namespace
}  // namespace jitgate
