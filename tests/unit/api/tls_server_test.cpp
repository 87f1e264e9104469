#include "agent/api/tls_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <fstream>
#include <thread>

#include "agent/api/token_file.hpp"
#include "tests/fake/certificates.hpp"
#include "tests/fake/fake_agent.hpp"
#include "tests/host/file_access.hpp"
#include "tests/scratch_directory.hpp"
#include "tests/unit/api/raw_client.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;
using net::ip::tcp;

struct TlsReply {
  unsigned status = 0;  ///< 0: there was none
  std::string challenge;
  std::string body;
};

class TlsServer : public testing::Test {
 protected:
  TlsServer() : ca_("test CA"), server_certificate_("server", "IP:127.0.0.1") {
    ca_.write(file("ca.pem"), file("ca.key"));
    server_certificate_.write(file("server.pem"), file("server.key"));
    write_tokens();
    config_.listen = {"127.0.0.1", free_port()};
    config_.tls = {file("server.pem"), file("server.key"), file("ca.pem")};
    config_.tokens = file("tokens.yaml");
    client_.load_verify_file(file("server.pem"));
    client_.set_verify_mode(net::ssl::verify_peer);
  }
  ~TlsServer() override {
    if (thread_.joinable()) {
      net::post(loop_, [this] {
        server_.reset();
        loop_.stop();
      });
      thread_.join();
    }
  }

  void start() {
    auto made = make_tls_server(loop_, agent_, config_);
    ASSERT_TRUE(made) << describe(made.error());
    server_ = std::move(*made);
    thread_ = std::thread([this] {
      const auto work = net::make_work_guard(loop_);
      loop_.run();
    });
  }

  std::string file(const std::string& name) const { return directory_.file(name); }

  tcp::socket connect() {
    tcp::socket socket(own_);
    socket.connect({net::ip::make_address("127.0.0.1"), config_.listen.port});
    return socket;
  }

  /// One request over a connection of its own.
  TlsReply exchange(const std::string& bytes) {
    net::ssl::stream<tcp::socket> stream(connect(), client_);
    boost::system::error_code code;
    stream.handshake(net::ssl::stream_base::client, code);
    if (!code) net::write(stream, net::buffer(bytes), code);
    if (code) return {};
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(stream, buffer, response, code);
    if (code) return {};
    return {response.result_int(), std::string(response[http::field::www_authenticate]), response.body()};
  }

  static std::string with_token(std::string request, const std::string& token) {
    return request.insert(request.find("\r\n") + 2, "Authorization: Bearer " + token + "\r\n");
  }

  net::io_context own_;
  ScratchDirectory directory_;
  TestCertificate ca_;
  TestCertificate server_certificate_;
  HttpsConfig config_;
  FakeAgent agent_;
  net::ssl::context client_{net::ssl::context::tls_client};
  net::io_context loop_{1};

 private:
  void write_tokens() const {
    const auto hash = [](const char* token) { return to_hex(sha256(token)); };
    std::ofstream(file("tokens.yaml")) << "- {name: ann, role: requester, sha256: \"" << hash("secret-ann") << "\"}\n"
                                       << "- {name: ben, role: reader, sha256: \"" << hash("secret-ben") << "\"}\n"
                                       << "- {name: build.example, role: reader, certificate: true}\n";
    set_file_access(file("tokens.yaml"), FileAccess::owner);
  }
  std::uint16_t free_port() {
    return tcp::acceptor(own_, tcp::endpoint{net::ip::make_address("127.0.0.1"), 0}).local_endpoint().port();
  }

  std::unique_ptr<ApiServer> server_;
  std::thread thread_;
};

const std::string kInitiate =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Security/locations/l/jitNetworkAccessPolicies/default/"
    "initiate?api-version=2020-01-01";

TEST_F(TlsServer, ATokenHasItsRole) {
  start();
  EXPECT_EQ(exchange(with_token(get("/v1/status"), "secret-ben")).status, 200u);
  EXPECT_EQ(exchange(with_token(get("/v1/status"), "secret-ann")).status, 403u);
  const std::string request =
      post("/v1/requests",
           R"({"ports": [{"number": 22, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"}]})");
  EXPECT_EQ(exchange(with_token(request, "secret-ann")).status, 201u);
  EXPECT_EQ(exchange(with_token(request, "secret-ben")).status, 403u);
}

TEST_F(TlsServer, NobodyIs401) {
  start();
  const TlsReply none = exchange(get("/v1/status"));
  EXPECT_EQ(none.status, 401u);
  EXPECT_EQ(none.challenge, "Bearer realm=\"jitgate\"");
  EXPECT_NE(none.body.find("AuthenticationFailed"), std::string::npos);
  EXPECT_EQ(exchange(with_token(get("/v1/status"), "secret")).status, 401u);
}

TEST_F(TlsServer, AnOmittedSourceFromThisHostIsRefused) {
  start();
  const TlsReply reply = exchange(with_token(
      post(
          kInitiate,
          R"({"virtualMachines": [{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-17",
               "ports": [{"number": 22, "duration": "PT1H"}]}]})"),
      "secret-ann"));
  EXPECT_EQ(reply.status, 400u);
  EXPECT_NE(reply.body.find("allowedSourceAddressPrefix"), std::string::npos) << reply.body;
}

TEST_F(TlsServer, ACertificateOfTheClientCaIsItsCommonName) {
  start();
  const TestCertificate build("build.example", {}, &ca_);
  build.write(file("client.pem"), file("client.key"));
  client_.use_certificate_file(file("client.pem"), net::ssl::context::pem);
  client_.use_private_key_file(file("client.key"), net::ssl::context::pem);
  EXPECT_EQ(exchange(get("/v1/status")).status, 200u);
}

TEST_F(TlsServer, ACertificateOfAnotherCaGetsNowhere) {
  start();
  const TestCertificate other_ca("test CA");
  const TestCertificate build("build.example", {}, &other_ca);
  build.write(file("client.pem"), file("client.key"));
  client_.use_certificate_file(file("client.pem"), net::ssl::context::pem);
  client_.use_private_key_file(file("client.key"), net::ssl::context::pem);
  EXPECT_EQ(exchange(with_token(get("/v1/status"), "secret-ben")).status, 0u) << "a token does not mend it";
}

TEST_F(TlsServer, ACertificateWithoutAnEntryIs401) {
  start();
  const TestCertificate stranger("stranger.example", {}, &ca_);
  stranger.write(file("client.pem"), file("client.key"));
  client_.use_certificate_file(file("client.pem"), net::ssl::context::pem);
  client_.use_private_key_file(file("client.key"), net::ssl::context::pem);
  EXPECT_EQ(exchange(get("/v1/status")).status, 401u);
  EXPECT_EQ(exchange(with_token(get("/v1/status"), "secret-ben")).status, 200u) << "the token says who it is";
}

TEST_F(TlsServer, OldVersionsOfTlsAreRefused) {
  start();
  SSL_CTX_set_security_level(client_.native_handle(), 0);
  SSL_CTX_set_max_proto_version(client_.native_handle(), TLS1_1_VERSION);
  EXPECT_EQ(exchange(with_token(get("/v1/status"), "secret-ben")).status, 0u);
  SSL_CTX_set_max_proto_version(client_.native_handle(), TLS1_2_VERSION);
  EXPECT_EQ(exchange(with_token(get("/v1/status"), "secret-ben")).status, 200u);
}

TEST_F(TlsServer, WhoNeverShakesHandsHoldsNobodyUp) {
  start();
  const tcp::socket silent = connect();
  EXPECT_EQ(exchange(with_token(get("/v1/status"), "secret-ben")).status, 200u);
}

TEST_F(TlsServer, WhatCannotBeUsedIsRefusedBeforeAnythingListens) {
  set_file_access(file("server.key"), FileAccess::others_read);
  EXPECT_FALSE(make_tls_server(loop_, agent_, config_)) << "a key that others may read";
  set_file_access(file("server.key"), FileAccess::owner);
  config_.tls.certificate = file("ca.pem");
  EXPECT_FALSE(make_tls_server(loop_, agent_, config_)) << "the certificate of another key";
  boost::system::error_code code;
  tcp::socket socket(loop_);
  socket.connect({net::ip::make_address("127.0.0.1"), config_.listen.port}, code);
  EXPECT_EQ(code, net::error::connection_refused);
}

}  // namespace
}  // namespace jitgate
