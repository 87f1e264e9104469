#include <gtest/gtest.h>

#include "tests/fake/certificates.hpp"
#include "tests/scratch_directory.hpp"
#include "tests/source_server/grant_server.hpp"
#include "tests/source_server/nginx.hpp"
#include "tests/unit/source/http/http_source_fixture.hpp"

namespace jitgate {
namespace {

using namespace testing_server;

/// As a server of events commonly stands in the world.
TEST_F(HttpSourceTest, WorksThroughNginx) {
  if (!Nginx::is_installed()) GTEST_SKIP() << "nginx is not installed";
  const ScratchDirectory directory;
  TestCertificate("hub", "IP:127.0.0.1").write(directory.file("server.pem"), directory.file("server.key"));
  GrantServer server({.token = "right"});
  server.publish("a", "1");
  const Nginx nginx(directory.path(), "location /grants { proxy_pass " + server.url() +
                                          "; proxy_http_version 1.1; proxy_buffering off;"
                                          " proxy_set_header Authorization \"Bearer right\"; }");
  config_.tls.ca = directory.file("server.pem");
  config_.interval = std::chrono::milliseconds(20);
  start(nginx.url("/grants"), HttpSourceMode::subscribe);
  run_until([&] { return delivered() == 1; });
  server.publish("b", "2");
  run_until([&] { return delivered() == 2; });
  EXPECT_FALSE(last().snapshot);
  server.disconnect_all();
  server.publish("c", "3");
  run_until([&] { return delivered() == 3; });
  EXPECT_EQ(server.counters().resumed, 1U);
  start(nginx.url("/grants"), HttpSourceMode::poll);
  run_until([&] { return delivered() == 4 && server.counters().not_modified > 0; });
  EXPECT_EQ(last().documents.size(), 3U);
}

}  // namespace
}  // namespace jitgate
