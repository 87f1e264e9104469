#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "agent/http_client/http_client.hpp"
#include "tests/fake/certificates.hpp"
#include "tests/scratch_directory.hpp"
#include "tests/source_server/await_result.hpp"
#include "tests/source_server/scripted_server.hpp"

namespace jitgate {

/// A client and a server of the test's own, with certificates of an authority of the test's own.
class HttpTls : public testing::Test {
 protected:
  HttpTls() : ca_("test CA") {
    ca_.write(file("ca.pem"), file("ca.key"));
    TestCertificate("server", "IP:127.0.0.1", &ca_).write(file("server.pem"), file("server.key"));
  }
  std::string file(const std::string& name) const { return directory_.file(name); }
  void serve(const std::string& name = "server", const std::optional<std::string>& client_ca = std::nullopt) {
    serve(testing_server::server_tls(file(name + ".pem"), file(name + ".key"), client_ca));
  }
  void serve(testing_server::TlsContext tls) {
    server_.emplace(std::move(tls));
    server_->set_answers({{testing_server::http_answer("200 OK", "", "sealed")}});
  }
  /// The body, or why there is none.
  std::string get(const std::string& url, const TlsClientConfig& tls) {
    HttpClient client(loop_.get_executor(), {});
    HttpGet what{.url = url, .tls = tls};
    what.limits.connect = connect_within_;
    const auto answer = testing_server::await_result(loop_, client.get(std::move(what)));
    return answer ? answer->body : describe(answer.error());
  }
  std::string get(const TlsClientConfig& tls) { return get(server_->url(), tls); }
  TlsClientConfig believing(const std::string& name) const { return {file(name + ".pem"), std::nullopt, std::nullopt}; }
  TlsClientConfig pinned() const { return believing("ca"); }

  ScratchDirectory directory_;
  TestCertificate ca_;
  boost::asio::io_context loop_;
  std::optional<testing_server::ScriptedServer> server_;
  std::chrono::milliseconds connect_within_ = std::chrono::seconds(20);
};

}  // namespace jitgate
