#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

class ApiExposures : public testing::Test {
 protected:
  void SetUp() override { api_.start(); }
  RawResponse send(const std::string& bytes) { return call(api_.socket(), bytes); }

  RunningApi api_;
};

TEST_F(ApiExposures, AreInTheStatusUntilTheyAreAcknowledged) {
  api_.on_loop([&] {
    api_.agent.exposures = {
        {Transport::tcp, "ip filter INPUT", 7, {AddressPrefix::parse("203.0.113.9").value()}, false}};
  });
  const boost::json::value port = send(get("/v1/status")).json().at("ports").at(0);
  EXPECT_EQ(port.at("effective").as_string(), "exposed");
  EXPECT_TRUE(port.at("locked").as_bool());
  EXPECT_EQ(port.at("exposures"), boost::json::parse(R"([{"transport": "tcp", "by": "ip filter INPUT", "packets": 7,
                                                          "sources": ["203.0.113.9"], "acknowledged": false}])"));
  const RawResponse acknowledged = send(post("/v1/exposures/acknowledge", R"({"number": 22, "protocol": "TCP"})"));
  EXPECT_EQ(acknowledged.status, 200u);
  EXPECT_TRUE(acknowledged.json().at("ports").at(0).at("exposures").at(0).at("acknowledged").as_bool());
}

TEST_F(ApiExposures, ExplainHasItsShape) {
  api_.on_loop([&] {
    api_.agent.explanation = {Explanation::Verdict::granted,
                              AddressPrefix::parse("203.0.113.0/24").value(),
                              std::chrono::milliseconds(1500),
                              {"grant-1"},
                              {}};
  });
  EXPECT_EQ(send(get("/v1/explain?source=203.0.113.9&port=22&protocol=UDP")).json(), boost::json::parse(R"({
    "source": "203.0.113.9", "number": 22, "transport": "udp", "verdict": "granted", "entry": "203.0.113.0/24",
    "remainingSeconds": 1, "grants": ["grant-1"], "observed": []})"));
}

TEST_F(ApiExposures, BadQuestionsNameWhatIsWrong) {
  struct Case {
    const char* target;
    const char* field;
  };
  for (const Case& one :
       {Case{"/v1/explain?port=22", "source"}, Case{"/v1/explain?source=203.0.113.9", "port"},
        Case{"/v1/explain?source=203.0.113.0/24&port=22", "source"},
        Case{"/v1/explain?source=nobody&port=22", "source"}, Case{"/v1/explain?source=203.0.113.9&port=0", "port"},
        Case{"/v1/explain?source=203.0.113.9&port=70000", "port"},
        Case{"/v1/explain?source=203.0.113.9&port=22&protocol=*", "protocol"},
        Case{"/v1/explain?source=203.0.113.9&port=22&protocol=ICMP", "protocol"},
        Case{"/v1/explain?source=203.0.113.9&port=22&verbose=1", "verbose"}}) {
    const RawResponse response = send(get(one.target));
    EXPECT_EQ(response.status, 400u) << one.target;
    EXPECT_EQ(response.json().at("error").at("target").as_string(), one.field) << one.target;
  }
  for (const char* body : {"", "{}", R"({"number": 0})", R"({"number": 22, "protocol": "ICMP"})", R"({"number": "22"})",
                           R"({"number": 22, "by": "all"})"}) {
    EXPECT_EQ(send(post("/v1/exposures/acknowledge", body)).status, 400u) << body;
  }
  EXPECT_TRUE(api_.on_loop([&] { return api_.agent.acknowledged.empty(); }));
}

TEST_F(ApiExposures, MetricsAreText) {
  const RawResponse response = send(get("/metrics"));
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(response.body.find("jitgate_state{state=\"enforcing\"} 1\n"), std::string::npos);
}

}  // namespace
}  // namespace jitgate
