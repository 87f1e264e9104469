#include "agent/http_client/proxy.hpp"

#include <gtest/gtest.h>
#include "tests/host/environment_variable.hpp"

namespace jitgate {
namespace {

bool by_proxy(const std::string& url, const std::string& except) {
  const auto proxy = proxy_for(parse_server_url(url).value(), {"http://proxy.example:3128", except});
  EXPECT_TRUE(proxy);
  return proxy && proxy->has_value();
}

TEST(Proxy, IsWhatTheVariableNames) {
  const ServerUrl server = parse_server_url("https://hub.example/").value();
  for (const char* text : {"http://proxy.example:3128", "proxy.example:3128", "http://proxy.example:3128/"}) {
    const auto proxy = proxy_for(server, {text, ""});
    ASSERT_TRUE(proxy && *proxy) << text;
    EXPECT_EQ((*proxy)->host, "proxy.example");
    EXPECT_EQ((*proxy)->port, 3128);
    EXPECT_FALSE((*proxy)->authorization);
  }
  EXPECT_FALSE(proxy_for(server, {}).value());
}

TEST(Proxy, CredentialsAreShownToIt) {
  const auto proxy =
      proxy_for(parse_server_url("https://hub.example/").value(), {"http://ann:p%40ss@192.0.2.1:3128", ""});
  ASSERT_TRUE(proxy && *proxy);
  EXPECT_EQ((*proxy)->host, "192.0.2.1");
  EXPECT_EQ((*proxy)->authorization, "Basic YW5uOnBAc3M=");
}

TEST(Proxy, WhatCannotBeUnderstoodIsRefusedWithoutItsText) {
  for (const char* text :
       {"https://ann:secret@proxy.example:3128", "socks5://ann:secret@proxy.example", "http://", "http://a b"}) {
    const auto proxy = proxy_for(parse_server_url("https://hub.example/").value(), {text, ""});
    ASSERT_FALSE(proxy) << text;
    EXPECT_EQ(describe(proxy.error()), "HTTPS_PROXY: must be http://HOST:PORT");
  }
}

TEST(Proxy, ExceptionsGoDirectly) {
  EXPECT_TRUE(by_proxy("https://hub.example/", ""));
  EXPECT_FALSE(by_proxy("https://hub.example/", "*"));
  EXPECT_FALSE(by_proxy("https://hub.example/", "other.example, hub.example"));
  EXPECT_FALSE(by_proxy("https://hub.example/", "EXAMPLE"));
  EXPECT_FALSE(by_proxy("https://a.hub.example/", ".hub.example"));
  EXPECT_FALSE(by_proxy("https://a.hub.example/", "*.hub.example"));
  EXPECT_TRUE(by_proxy("https://nothub.example/", "hub.example"));
  EXPECT_TRUE(by_proxy("https://hub.example/", "a.hub.example"));
  EXPECT_TRUE(by_proxy("https://hub.example/", ",, ,:,.,:8443"));
}

TEST(Proxy, ExceptionsMayNameAPort) {
  EXPECT_FALSE(by_proxy("https://hub.example:8443/", "hub.example:8443"));
  EXPECT_TRUE(by_proxy("https://hub.example/", "hub.example:8443"));
  EXPECT_FALSE(by_proxy("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"));
  EXPECT_TRUE(by_proxy("https://[2001:db8::1]/", "[2001:db8::1]:8443"));
}

TEST(Proxy, ExceptionsMayBePrefixes) {
  EXPECT_FALSE(by_proxy("https://10.1.2.3/", "10.0.0.0/8"));
  EXPECT_TRUE(by_proxy("https://11.1.2.3/", "10.0.0.0/8"));
  EXPECT_FALSE(by_proxy("https://10.1.2.3/", "10.1.2.3"));
  EXPECT_FALSE(by_proxy("https://[2001:db8::7]/", "2001:db8::/32"));
  EXPECT_TRUE(by_proxy("https://hub.example/", "10.0.0.0/8"));
}

TEST(Proxy, ThisMachineIsNeverBehindOne) {
  EXPECT_FALSE(by_proxy("https://127.0.0.1/", ""));
  EXPECT_FALSE(by_proxy("https://localhost:8443/", ""));
  EXPECT_FALSE(by_proxy("http://127.0.0.1/", ""));
}

TEST(Proxy, TheEnvironmentSaysWhich) {
  set_environment_variable("https_proxy", "");
  set_environment_variable("no_proxy", "");
  set_environment_variable("HTTPS_PROXY", "http://upper.example:1");
  set_environment_variable("NO_PROXY", "a.example");
  EXPECT_EQ(proxies_of_environment().https, "http://upper.example:1");
  EXPECT_EQ(proxies_of_environment().except, "a.example");
  set_environment_variable("https_proxy", "http://lower.example:1");
  EXPECT_EQ(proxies_of_environment().https, "http://lower.example:1");
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "NO_PROXY"}) set_environment_variable(name, "");
  EXPECT_EQ(proxies_of_environment().https, "");
}

}  // namespace
}  // namespace jitgate
