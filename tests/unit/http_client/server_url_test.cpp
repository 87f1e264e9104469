#include "agent/http_client/server_url.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

TEST(ServerUrl, IsTakenApart) {
  const auto url = parse_server_url("https://Hub.Example:8443/v1/hosts/web%2017/grants?since=3");
  ASSERT_TRUE(url) << describe(url.error());
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "hub.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->authority, "hub.example:8443");
  EXPECT_EQ(url->target, "/v1/hosts/web%2017/grants?since=3");
}

TEST(ServerUrl, HasTheUsualPortAndPath) {
  const auto url = parse_server_url("https://hub.example");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->authority, "hub.example");
  EXPECT_EQ(url->target, "/");
  EXPECT_EQ(parse_server_url("http://169.254.169.254/metadata?x=1")->port, 80);
}

TEST(ServerUrl, AddressesAreWithoutBrackets) {
  const auto url = parse_server_url("https://[2001:DB8::1]:8443/");
  ASSERT_TRUE(url) << describe(url.error());
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->authority, "[2001:db8::1]:8443");
}

TEST(ServerUrl, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "hub.example", "ftp://hub.example/", "https://", "https:///path", "https://user@hub.example/",
        "https://hub.example/#part", "https://hub.example:0/", "https://hub.example:70000/", "https://hub example/",
        "https://hub%0d%0a.example/", "https://[v1.x]/", "//hub.example/"}) {
    EXPECT_FALSE(parse_server_url(text)) << text;
  }
  EXPECT_FALSE(parse_server_url("https://hub.example/" + std::string(4096, 'a')));
}

TEST(ServerUrl, LoopbackIsThisMachine) {
  for (const char* host : {"localhost", "127.0.0.1", "127.3.4.5", "::1"}) EXPECT_TRUE(names_loopback(host)) << host;
  for (const char* host : {"hub.example", "10.0.0.1", "::", "2001:db8::1", "localhost.example", "0.0.0.0"})
    EXPECT_FALSE(names_loopback(host)) << host;
}

}  // namespace
}  // namespace jitgate
