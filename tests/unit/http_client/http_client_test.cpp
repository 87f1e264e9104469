#include "agent/http_client/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <future>

#include "tests/source_server/await_result.hpp"
#include "tests/source_server/scripted_server.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;
using namespace testing_server;
using testing::HasSubstr;
using Then = ScriptedAnswer::Then;

class HttpClientTest : public testing::Test {
 protected:
  HttpGet get_of(const std::string& path = "/v1/grants") const {
    HttpGet what{.url = server_.url(path)};
    what.limits.answer = std::chrono::seconds(20);
    return what;
  }
  Result<HttpAnswer> get(HttpGet what) { return await_result(loop_, client_.get(std::move(what))); }
  std::string why(HttpGet what) {
    const auto answer = get(std::move(what));
    return answer ? "answered " + std::to_string(answer->head.status) : describe(answer.error());
  }

  net::io_context loop_;
  ScriptedServer server_;
  HttpClient client_{loop_.get_executor(), {}};
};

TEST_F(HttpClientTest, AsksAndReads) {
  server_.set_answers({{http_answer("200 OK", "ETag: \"7\"\r\nContent-Type: application/json\r\n", "{}")}});
  HttpGet what = get_of("/v1/grants?x=1");
  what.fields = {{"If-None-Match", "\"6\""}};
  what.bearer = "secret";
  const auto answer = get(std::move(what));
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->head.status, 200U);
  EXPECT_EQ(answer->head.field("ETag"), "\"7\"");
  EXPECT_EQ(answer->body, "{}");
  ASSERT_EQ(server_.requests().size(), 1U);
  const std::string request = server_.requests().front();
  EXPECT_THAT(request, testing::StartsWith("GET /v1/grants?x=1 HTTP/1.1\r\n"));
  EXPECT_EQ(field_of(request, "Host"), "127.0.0.1:" + std::to_string(server_.port()));
  EXPECT_EQ(field_of(request, "If-None-Match"), "\"6\"");
  EXPECT_EQ(field_of(request, "Authorization"), "Bearer secret");
  EXPECT_EQ(field_of(request, "Accept-Encoding"), "identity");
  EXPECT_THAT(field_of(request, "User-Agent"), testing::StartsWith("jitgate/"));
}

TEST_F(HttpClientTest, EveryStatusButARedirectionIsAnAnswer) {
  for (const char* status :
       {"304 Not Modified", "401 Unauthorized", "429 Too Many Requests", "503 Service Unavailable"}) {
    server_.set_answers({{"HTTP/1.1 " + std::string(status) + "\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"}});
    const auto answer = get(get_of());
    ASSERT_TRUE(answer) << describe(answer.error());
    EXPECT_EQ(status_text(answer->head.status), status);
    EXPECT_EQ(answer->head.field("retry-after"), "7");
  }
}

TEST_F(HttpClientTest, WhatComesAheadIsPassedOver) {
  server_.set_answers({{"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + http_answer("200 OK", "", "yes")}});
  EXPECT_EQ(get(get_of())->body, "yes");
  server_.set_answers({{"", Then::repeat, "HTTP/1.1 100 Continue\r\n\r\n"}});
  EXPECT_EQ(why(get_of()), "the server answered 100 Continue");
  server_.set_answers({{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", Then::hold}});
  EXPECT_EQ(why(get_of()), "the server answered 101 Switching Protocols");
}

TEST_F(HttpClientTest, RedirectionsAreNotFollowed) {
  server_.set_answers({{http_answer("302 Found", "Location: http://169.254.169.254/latest\r\n", "")}});
  EXPECT_EQ(why(get_of()),
            "the server redirects (302 Found) to \"http://169.254.169.254/latest\", which is not followed");
  EXPECT_EQ(server_.connections(), 1U);
}

TEST_F(HttpClientTest, MisbehaviourIsNamed) {
  HttpGet small = get_of();
  small.limits.head = 2048;
  small.limits.body = 1000;
  server_.set_answers({{"HTTP/1.1 200 OK\r\n", Then::repeat, "X: yyyyyyyyyyyyyyyyyyyyyyy\r\n"}});
  EXPECT_EQ(why(small), "the head of the answer is larger than 2048 bytes");
  server_.set_answers({{"HTTP/1.1 200 OK\r\n\r\n", Then::repeat, std::string(700, 'a')}});
  EXPECT_EQ(why(small), "the answer is larger than 1000 bytes");
  server_.set_answers({{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}});
  EXPECT_EQ(why(small), "the answer is cut off");
  server_.set_answers({{""}});
  EXPECT_EQ(why(small), "the server ended the connection without an answer");
  server_.set_answers({{http_answer("200 OK", "Content-Encoding: gzip\r\n", "\x1f\x8b")}});
  EXPECT_EQ(why(small), "the answer is encoded, which was not asked for: \"gzip\"");
  server_.set_answers({{"220 mail.example ESMTP\r\n\r\n"}});
  EXPECT_THAT(why(small), HasSubstr("malformed HTTP"));
}

TEST_F(HttpClientTest, SilenceEndsAtTheDeadline) {
  HttpGet what = get_of();
  what.limits.answer = std::chrono::milliseconds(50);
  what.limits.whole_body = std::chrono::milliseconds(50);
  server_.set_answers({{"HTTP/1.1 200 OK\r\nX: ", Then::hold}});
  EXPECT_EQ(why(what), "read the answer: timed out");
  what.limits.answer = std::chrono::seconds(20);
  server_.set_answers({{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Then::hold}});
  EXPECT_EQ(why(what), "read the answer: timed out");
}

TEST_F(HttpClientTest, NobodyThereIsNamed) {
  net::ip::tcp::acceptor reserved(loop_, {net::ip::address_v4::loopback(), 0});
  const auto port = reserved.local_endpoint().port();
  reserved.close();
  HttpGet what = get_of();
  what.url = "http://127.0.0.1:" + std::to_string(port) + "/";
  EXPECT_EQ(why(what), "connect to 127.0.0.1 port " + std::to_string(port) + ": Connection refused");
  what.url = "https://no-such-host.invalid/";
  EXPECT_THAT(why(what), testing::StartsWith("look up no-such-host.invalid: "));
}

TEST_F(HttpClientTest, LocalhostIsLookedUp) {
  server_.set_answers({{http_answer("200 OK", "", "here")}});
  HttpGet what = get_of();
  what.url = "http://localhost:" + std::to_string(server_.port()) + "/";
  const auto answer = get(what);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->body, "here");
}

TEST_F(HttpClientTest, PlainHttpLeavesTheMachineOnlyWhereSaid) {
  HttpGet what{.url = "http://no-such-host.invalid/"};
  EXPECT_EQ(why(what), "url: must begin with https:// (http:// is for this machine alone)");
  what.plain_host = "other.invalid";
  EXPECT_EQ(why(what), "url: must begin with https:// (http:// is for this machine alone)");
  what.plain_host = "no-such-host.invalid";
  EXPECT_THAT(why(what), testing::StartsWith("look up no-such-host.invalid: "));
}

TEST_F(HttpClientTest, FieldsCannotBecomeTwo) {
  HttpGet what = get_of();
  what.fields = {{"If-None-Match", "a\r\nHost: other"}};
  EXPECT_EQ(why(what), "If-None-Match: holds a control character");
  EXPECT_EQ(server_.connections(), 0U);
}

TEST_F(HttpClientTest, AStreamIsReadAsItArrives) {
  server_.set_answers({{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Then::hold}});
  auto stream = await_result(loop_, client_.open(get_of()));
  ASSERT_TRUE(stream) << describe(stream.error());
  EXPECT_EQ((*stream)->head().status, 200U);
  const auto soon = [](int ms) { return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms); };
  EXPECT_EQ(await_result(loop_, (*stream)->read(soon(20'000))).value(), "hello");
  const auto silence = await_result(loop_, (*stream)->read(soon(30)));
  ASSERT_FALSE(silence);
  EXPECT_EQ(describe(silence.error()), "read the answer: timed out");
}

TEST_F(HttpClientTest, AStreamHasAnEnd) {
  server_.set_answers({{"HTTP/1.1 200 OK\r\n\r\nall"}});
  auto stream = await_result(loop_, client_.open(get_of()));
  ASSERT_TRUE(stream);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  EXPECT_EQ(await_result(loop_, (*stream)->read(deadline)).value(), "all");
  EXPECT_EQ(await_result(loop_, (*stream)->read(deadline)).value(), "");
}

TEST_F(HttpClientTest, CancellingEndsWhatIsUnderWay) {
  server_.set_answers({{"HTTP/1.1 200 OK\r\n", Then::hold}});
  std::string outcome;
  net::co_spawn(loop_, client_.get(get_of()), [&](std::exception_ptr, const Result<HttpAnswer>& answer) {
    outcome = answer ? "answered" : describe(answer.error());
  });
  while (server_.requests().empty()) loop_.poll();
  client_.abandon();
  while (outcome.empty()) loop_.run_one();
  EXPECT_EQ(outcome, "read the answer: cancelled");
  server_.set_answers({{http_answer("200 OK", "", "again")}});
  EXPECT_EQ(get(get_of())->body, "again") << "an abandoned question is not the last";
  client_.cancel();
  EXPECT_EQ(why(get_of()), "cancelled");
}

TEST_F(HttpClientTest, CancellingEndsALookUp) {
  std::string outcome;
  HttpGet what{.url = "https://no-such-host.invalid/"};
  net::co_spawn(loop_, client_.get(what), [&](std::exception_ptr, const Result<HttpAnswer>& answer) {
    outcome = answer ? "answered" : describe(answer.error());
  });
  loop_.poll_one();
  client_.cancel();
  while (outcome.empty()) loop_.run_one();
  EXPECT_THAT(outcome, testing::StartsWith("look up no-such-host.invalid: "));
}

TEST(HttpClientLoop, MayEndInTheMiddle) {
  ScriptedServer server;
  server.set_answers({{"HTTP/1.1 200 OK\r\n", Then::hold}});
  auto loop = std::make_unique<net::io_context>();
  auto client = std::make_shared<HttpClient>(loop->get_executor(), ProxySettings{});
  net::co_spawn(
      *loop,
      [](std::shared_ptr<HttpClient> kept, std::string url) -> net::awaitable<void> {
        HttpGet what{.url = std::move(url)};
        [[maybe_unused]] const auto answer = co_await kept->get(std::move(what));
      }(client, server.url()),
      net::detached);
  while (server.requests().empty()) loop->poll();
  client.reset();
  loop.reset();
}

}  // namespace
}  // namespace jitgate
