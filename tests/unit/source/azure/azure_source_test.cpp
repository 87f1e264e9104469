#include "agent/source/azure/azure_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "platform/system_clock.hpp"
#include "tests/fake/certificates.hpp"
#include "tests/fake/recording_sink.hpp"
#include "tests/host/file_access.hpp"
#include "tests/scratch_directory.hpp"
#include "tests/source_server/scripted_server.hpp"
#include "tests/unit/source/azure/azure_resource_text.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using namespace testing_server;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Then = ScriptedAnswer::Then;

ScriptedAnswer json(const std::string& status, const std::string& body, const std::string& fields = {}) {
  return {http_answer(status, "Content-Type: application/json\r\n" + fields, body)};
}

const std::string kBody = resource({machine("vm1", {policy_port()})}, {request({machine("vm1", {request_port()})})});

class AzureSourceTest : public ::testing::Test {
 protected:
  AzureSourceTest() {
    metadata_.set_answers({json("200 OK", R"({"access_token":"secret-one","expires_in":"3600"})")});
    azure_.set_answers({json("200 OK", kBody)});
    config_.resource_id = kResource;
    config_.endpoint = azure_.url("");
    config_.credential = ManagedIdentity{metadata_.url(""), std::nullopt};
    config_.interval = 5ms;
  }
  void start() {
    source_ = make_azure_source(
        context_.get_executor(), config_, "vm1", {.https = "http://192.0.2.1:1", .except = {}}, *clock_,
        [] { return 0.0; }, sink_);
    source_->start();
  }
  void run_until(const std::function<bool()>& so) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!so()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it did not come to that: " << problem();
      ASSERT_GT(context_.run_one_for(30s), 0U) << "nothing is under way";
    }
  }
  void run_until_delivered(std::size_t times = 1) {
    run_until([&] { return sink_->deliveries.size() >= times; });
  }
  /// What the first problem says. Nothing was delivered before it.
  std::string first_problem() {
    run_until([&] { return !sink_->problems.empty(); });
    EXPECT_THAT(sink_->deliveries, IsEmpty());
    return problem();
  }
  std::string problem() const { return sink_->problems.empty() ? "" : sink_->problems.back().value_or(std::string()); }

  boost::asio::io_context context_{1};
  std::unique_ptr<Clock> clock_ = make_system_clock();
  ScriptedServer metadata_;
  ScriptedServer azure_;
  ScratchDirectory scratch_;
  AzureSourceConfig config_;
  std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
  std::unique_ptr<GrantSource> source_;
};

TEST_F(AzureSourceTest, DeliversThePolicyAndItsRequests) {
  start();
  run_until_delivered();
  const Delivery& delivery = sink_->deliveries[0];
  EXPECT_TRUE(delivery.snapshot);
  EXPECT_THAT(delivery.documents, SizeIs(1));
  EXPECT_THAT(delivery.policy.value(), SizeIs(1));
  EXPECT_EQ(sink_->contacts, 1U);
  EXPECT_THAT(sink_->problems, IsEmpty());
  const std::string asked = azure_.requests().at(0);
  EXPECT_THAT(asked, StartsWith("GET " + kResource + "?api-version=2020-01-01 HTTP/1.1\r\n"));
  EXPECT_EQ(field_of(asked, "Authorization"), "Bearer secret-one");
  const std::string token = metadata_.requests().at(0);
  EXPECT_THAT(token, StartsWith("GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=http%3A%2F%2F"));
  EXPECT_EQ(field_of(token, "Metadata"), "true");
  EXPECT_EQ(field_of(token, "Authorization"), "");
}

TEST_F(AzureSourceTest, PollsAndDeliversChanges) {
  azure_.set_answers({json("200 OK", kBody), json("200 OK", kBody),
                      json("200 OK", resource({machine("vm1", {policy_port()})})), json("200 OK", kBody)});
  start();
  run_until_delivered(3);
  EXPECT_THAT(sink_->deliveries[0].documents, SizeIs(1));
  EXPECT_THAT(sink_->deliveries[1].documents, IsEmpty());
  EXPECT_EQ(sink_->deliveries[2], sink_->deliveries[0]);
  EXPECT_THAT(metadata_.requests(), SizeIs(1)) << "one token is enough";
}

TEST_F(AzureSourceTest, AsksForAnotherTokenWhereOneIsRefused) {
  metadata_.set_answers({json("200 OK", R"({"access_token":"old","expires_in":"3600"})"),
                         json("200 OK", R"({"access_token":"new","expires_in":"3600"})")});
  azure_.set_answers(
      {json("401 Unauthorized", R"({"error":{"code":"ExpiredAuthenticationToken"}})"), json("200 OK", kBody)});
  start();
  run_until_delivered();
  EXPECT_EQ(field_of(azure_.requests().at(1), "Authorization"), "Bearer new");
  EXPECT_THAT(sink_->problems, IsEmpty());
}

TEST_F(AzureSourceTest, SaysWhyThereIsNoTokenAndGoesOn) {
  metadata_.set_answers({json("404 Not Found", "{}"), json("200 OK", R"({"access_token":"t","expires_in":60})")});
  start();
  EXPECT_EQ(first_problem(), "the metadata service answered 404 Not Found");
  EXPECT_THAT(azure_.requests(), IsEmpty());
  run_until_delivered();
  EXPECT_EQ(problem(), "");
}

TEST_F(AzureSourceTest, TakesATokenOfAFile) {
  const std::string path = scratch_.file("token");
  config_.credential = TokenFileCredential{path};
  start();
  EXPECT_THAT(first_problem(), HasSubstr("/token: cannot be "));
  std::ofstream(path) << "of-a-file\n";
  set_file_access(path, FileAccess::owner);
  run_until_delivered();
  EXPECT_EQ(field_of(azure_.requests().at(0), "Authorization"), "Bearer of-a-file");
  const std::size_t asked = azure_.requests().size();
  std::ofstream(path) << "another\n";
  run_until([&] { return field_of(azure_.requests().back(), "Authorization") == "Bearer another"; });
  EXPECT_GT(azure_.requests().size(), asked);
  EXPECT_THAT(metadata_.requests(), IsEmpty());
}

TEST_F(AzureSourceTest, WithdrawsWhatADeletedPolicyGranted) {
  azure_.set_answers({json("200 OK", kBody), json("404 Not Found", R"({"error":{"code":"ResourceNotFound"}})")});
  start();
  run_until_delivered(2);
  EXPECT_EQ(sink_->deliveries[1], (Delivery{true, {}, {}, {}}));
  run_until([&] { return !problem().empty(); });
  EXPECT_THAT(problem(), HasSubstr("the policy does not exist"));
}

TEST_F(AzureSourceTest, HoldsBackAfterAThrottle) {
  azure_.set_answers({json("429 Too Many Requests", "{}", "Retry-After: 3600\r\n"), json("200 OK", kBody)});
  start();
  EXPECT_THAT(first_problem(), HasSubstr("429 Too Many Requests"));
  source_->resync();
  for (int i = 0; i < 20; ++i) context_.run_one_for(5ms);
  EXPECT_THAT(azure_.requests(), SizeIs(1));
}

struct Misbehaviour {
  std::string name;
  ScriptedAnswer answer;
  std::string problem;
};

class AzureMisbehaving : public AzureSourceTest, public ::testing::WithParamInterface<Misbehaviour> {};

TEST_P(AzureMisbehaving, ChangesNothingAndIsNamed) {
  azure_.set_answers({GetParam().answer, json("200 OK", kBody)});
  start();
  EXPECT_THAT(first_problem(), HasSubstr(GetParam().problem));
  EXPECT_THAT(problem(), Not(HasSubstr("secret")));
  EXPECT_EQ(sink_->contacts, 0U);
  run_until_delivered();
  EXPECT_EQ(problem(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Answers, AzureMisbehaving,
    ::testing::Values(
        Misbehaviour{"Throttled", json("429 Too Many Requests", "{}"),
                     "Resource Manager answered 429 Too Many Requests"},
        Misbehaviour{"Forbidden", json("403 Forbidden", R"({"error":{"code":"AuthorizationFailed"}})"),
                     "the identity needs"},
        Misbehaviour{"Failing", json("500 Internal Server Error", "boom"), "500 Internal Server Error"},
        Misbehaviour{"Away", json("503 Service Unavailable", "", "Retry-After: 1\r\n"), "503 Service Unavailable"},
        Misbehaviour{"SomebodyElses404",
                     {http_answer("404 Not Found", "Content-Type: text/html\r\n", "<html>")},
                     "404 Not Found"},
        Misbehaviour{"Truncated",
                     {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n" + kBody},
                     "the answer is cut off"},
        Misbehaviour{"HalfJson", json("200 OK", kBody.substr(0, 100)), "the answer is no JSON"},
        Misbehaviour{"OtherType", {http_answer("200 OK", "Content-Type: text/plain\r\n", kBody)}, "\"text/plain\""},
        Misbehaviour{"Redirecting",
                     {http_answer("302 Found", "Location: http://203.0.113.1/\r\n", "")},
                     "which is not followed"},
        Misbehaviour{
            "Huge",
            {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", Then::repeat, std::string(256 * 1024, ' ')},
            "the answer is larger than 16777216 bytes"},
        Misbehaviour{"Encoded", json("200 OK", "\x1f\x8b", "Content-Encoding: gzip\r\n"), "gzip"},
        Misbehaviour{"Mute", {""}, "ended the connection without an answer"},
        Misbehaviour{"NotHttp", {"220 mail.example ESMTP\r\n\r\n"}, "malformed HTTP"}),
    [](const auto& misbehaving) { return misbehaving.param.name; });

TEST_F(AzureSourceTest, BelievesOnlyTheAuthorityThatIsPinned) {
  TestCertificate ca("test CA");
  ca.write(scratch_.file("ca.pem"), scratch_.file("ca.key"));
  TestCertificate("other CA").write(scratch_.file("other.pem"), scratch_.file("other.key"));
  TestCertificate("server", "IP:127.0.0.1", &ca).write(scratch_.file("server.pem"), scratch_.file("server.key"));
  ScriptedServer sealed(server_tls(scratch_.file("server.pem"), scratch_.file("server.key")));
  sealed.set_answers({json("200 OK", kBody)});
  config_.endpoint = sealed.url("");
  config_.tls.ca = scratch_.file("other.pem");
  start();
  EXPECT_THAT(first_problem(), HasSubstr("certificate"));
  EXPECT_THAT(sealed.requests(), IsEmpty()) << "the token stays here";
  source_.reset();
  config_.tls.ca = scratch_.file("ca.pem");
  start();
  run_until_delivered();
}

TEST_F(AzureSourceTest, EndsAtOnceWhateverIsUnderWay) {
  azure_.set_answers({{"HTTP/1.1 200 OK\r\n", Then::hold}});
  start();
  run_until([&] { return azure_.connections() == 1; });
  source_.reset();
  context_.run();
  EXPECT_THAT(sink_->deliveries, IsEmpty());
  EXPECT_THAT(sink_->problems, IsEmpty());
}

TEST_F(AzureSourceTest, EndsInTheMiddleOfADelivery) {
  sink_->told = [&] {
    if (!sink_->deliveries.empty()) source_.reset();
  };
  start();
  context_.run();
  EXPECT_THAT(sink_->deliveries, SizeIs(1));
}

TEST_F(AzureSourceTest, EndsWithNobodyUnawares) {
  sink_->told = [] { throw std::runtime_error("no memory"); };
  start();
  EXPECT_THROW(context_.run(), std::runtime_error);
}

TEST_F(AzureSourceTest, DeliversAgainWhatWasNotTaken) {
  sink_->answer = error(errc::store_failed, "the disk is full");
  start();
  run_until_delivered(1);
  sink_->answer = {};
  run_until_delivered(2);
  EXPECT_EQ(sink_->deliveries[1], sink_->deliveries[0]);
}

}  // namespace
}  // namespace jitgate
