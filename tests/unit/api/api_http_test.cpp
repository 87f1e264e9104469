#include <gtest/gtest.h>

#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

class ApiHttp : public testing::Test {
 protected:
  void SetUp() override { api_.start(); }
  RunningApi api_;
};

TEST_F(ApiHttp, KeepsAConnectionOverSeveralRequests) {
  RawClient client(api_.socket());
  for (int i = 0; i < 3; ++i) {
    const RawResponse response = client.exchange(get("/healthz"));
    EXPECT_EQ(response.status, 200u);
    EXPECT_TRUE(response.keep_alive);
  }
}

TEST_F(ApiHttp, AnswersPipelinedRequestsInOrder) {
  RawClient client(api_.socket());
  client.send(get("/healthz") + post("/v1/nothing", "{}") + get("/v1/status"));
  EXPECT_EQ(client.receive()->status, 200u);
  EXPECT_EQ(client.receive()->status, 404u);
}

TEST_F(ApiHttp, ConnectionCloseIsHonoured) {
  RawClient client(api_.socket());
  EXPECT_FALSE(client.exchange("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").keep_alive);
  EXPECT_TRUE(client.ends());
}

TEST_F(ApiHttp, Http10ClosesUnlessAskedNotTo) {
  RawClient closing(api_.socket());
  EXPECT_EQ(closing.exchange("GET /healthz HTTP/1.0\r\n\r\n").status, 200u);
  EXPECT_TRUE(closing.ends());
  RawClient keeping(api_.socket());
  EXPECT_TRUE(keeping.exchange("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_EQ(keeping.exchange("GET /healthz HTTP/1.0\r\n\r\n").status, 200u);
}

TEST_F(ApiHttp, OtherMethodsAre405WithAllow) {
  RawClient client(api_.socket());
  const RawResponse options = client.exchange("OPTIONS /v1/status HTTP/1.1\r\n\r\n");
  EXPECT_EQ(options.status, 405u);
  EXPECT_EQ(options.allow, "GET");
  const RawResponse odd = call(api_.socket(), "BREW /v1/requests HTTP/1.1\r\n\r\n");
  EXPECT_EQ(odd.status, 405u);
  EXPECT_EQ(odd.allow, "POST, GET");
}

TEST_F(ApiHttp, HeadIs405WithoutABody) {
  RawClient client(api_.socket());
  client.send("HEAD /v1/status HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.receive(true)->status, 405u);
  EXPECT_TRUE(client.ends());
}

struct Attempt {
  const char* name;
  std::string bytes;
  unsigned status;
};

std::ostream& operator<<(std::ostream& out, const Attempt& attempt) {
  return out << attempt.name;
}

/// Each is followed by a second request, which must never be answered.
class Smuggling : public testing::TestWithParam<Attempt> {};

TEST_P(Smuggling, IsRefusedAndTheConnectionClosed) {
  RunningApi api;
  api.start();
  RawClient client(api.socket());
  client.send(GetParam().bytes + post("/v1/disable", "{}"));
  const auto response = client.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, GetParam().status);
  EXPECT_FALSE(response->keep_alive);
  EXPECT_TRUE(client.ends());
  EXPECT_TRUE(api.on_loop([&] { return api.agent.enforced; }));
  EXPECT_EQ(call(api.socket(), get("/healthz")).status, 200u);
}

INSTANTIATE_TEST_SUITE_P(
    , Smuggling,
    testing::Values(Attempt{"LengthAndCoding",
                            "POST /v1/audit/verify HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 4\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                            400},
                    Attempt{"TwoLengths",
                            "POST /v1/audit/verify HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: "
                            "2\r\nContent-Length: 40\r\n\r\n{}",
                            400},
                    Attempt{"ObfuscatedCoding",
                            "POST /v1/audit/verify HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: "
                            "\tchunked, identity\r\n\r\n0\r\n\r\n",
                            400},
                    Attempt{"FoldedCoding",
                            "POST /v1/audit/verify HTTP/1.1\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400},
                    Attempt{"ChunkJunk",
                            "POST /v1/audit/verify HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: "
                            "chunked\r\n\r\nzz\r\n",
                            400},
                    Attempt{"BareLineFeed", "GET /healthz HTTP/1.1\nA: b\n\n", 400},
                    Attempt{"AbsoluteForm", "GET http://x/healthz HTTP/1.1\r\n\r\n", 400},
                    Attempt{"DotDot", "GET /healthz/../healthz HTTP/1.1\r\n\r\n", 400},
                    Attempt{"EncodedNul", "GET /healthz%00 HTTP/1.1\r\n\r\n", 400},
                    Attempt{"EncodedSlash", "GET /v1%2fstatus HTTP/1.1\r\n\r\n", 400},
                    Attempt{"Expectation",
                            "POST /v1/disable HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: "
                            "2\r\nExpect: 100-continue\r\n\r\n",
                            417}),
    [](const testing::TestParamInfo<Attempt>& row) { return std::string(row.param.name); });

TEST_F(ApiHttp, ATenMegabyteBodyIs413AndTheClientGetsToReadIt) {
  RawClient client(api_.socket());
  client.send(post("/v1/requests", std::string(10 * 1024 * 1024, ' ')));
  const auto response = client.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 413u);
  EXPECT_EQ(response->json().at("error").at("code").as_string(), "PayloadTooLarge");
  EXPECT_EQ(call(api_.socket(), get("/healthz")).status, 200u);
}

TEST_F(ApiHttp, AnEndlessHeadIs431) {
  RawClient client(api_.socket());
  client.send("GET /healthz HTTP/1.1\r\nA: " + std::string(64 * 1024, 'a'));
  EXPECT_EQ(client.receive().value_or(RawResponse{}).status, 431u);
}

TEST_F(ApiHttp, ABodyOfTheLimitIsRead) {
  const std::string yaml = R"({"yaml": ")" + std::string(256 * 1024 - 12, 'a') + "\"}";
  ASSERT_EQ(yaml.size(), 256u * 1024);
  EXPECT_EQ(call(api_.socket(), post("/v1/policy/check", yaml)).status, 200u);
}

}  // namespace
}  // namespace jitgate
