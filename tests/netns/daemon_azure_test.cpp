// A JIT policy of Azure, polled by the real daemon, with real packets. Resource Manager and the metadata service are
// stand-ins on the server's loopback, which answer as recorded ones do.
#include <gmock/gmock.h>

#include "agent/model/timestamp.hpp"
#include "tests/netns/daemon_fixture.hpp"
#include "tests/source_server/scripted_server.hpp"
#include "tests/unit/source/azure/azure_resource_text.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing_server::http_answer;
using testing_server::ScriptedAnswer;
using testing_server::ScriptedServer;

class DaemonAzure : public DaemonTest {
 protected:
  DaemonAzure() {
    network_.server.run([this] {
      azure_ = std::make_unique<ScriptedServer>();
      metadata_ = std::make_unique<ScriptedServer>();
    });
    metadata_->set_answers({json("200 OK", R"({"access_token":"t","expires_in":"86400"})")});
  }

  void start() {
    daemon_.settings.policy_by_api = true;
    daemon_.settings.more = "sources: [{name: defender, type: azure, resourceId: " + kResource + ", endpoint: \"" +
                            azure_->url("") + "\", credential: {managedIdentity: {endpoint: \"" + metadata_->url("") +
                            "\"}}, interval: PT10S}]\n";
    daemon_.write_config();
    std::string config = read_text(daemon_.config_path());
    const std::string by_api = "authority: api";
    config.replace(config.find(by_api), by_api.size(),
                   "authority: {source: defender, within: {lockable: [22], minimum: [22/TCP]}}");
    write_text(daemon_.config_path(), config);
    daemon_.start_with_file();
  }

  static ScriptedAnswer json(const std::string& status, const std::string& body) {
    return {http_answer(status, "Content-Type: application/json\r\n", body)};
  }
  /// Port 22 of every protocol, and these requests.
  void answer(const std::vector<std::string>& requests) {
    azure_->set_answers(
        {json("200 OK", resource({machine("other", {policy_port("23")}), machine("SERVER", {policy_port("22", "*")})},
                                 requests))});
  }
  /// A request of the client for ten minutes from now, with the fractions of a second that Azure has.
  std::string request_of_client(const std::string& status = "Initiated") const {
    std::string made = request({machine("server", {request_port("22", network_.client.ipv4, status)})});
    const auto put_time = [&](const std::string& place, WallTime time) {
      std::string text = jitgate::to_string(WallTime(std::chrono::floor<std::chrono::seconds>(time)));
      text.insert(text.size() - 1, ".1234567");
      made.replace(made.find(place), place.size(), text);
    };
    put_time("2030-05-17T08:06:45.5691611Z", started_);
    put_time("2030-05-17T09:06:45.5691611Z", started_ + 600s);
    return made;
  }
  bool gets_open() {
    return eventually([&] { return opens(network_.client, kTcp4); }, kLong);
  }

  WallTime started_ = std::chrono::system_clock::now();
  std::unique_ptr<ScriptedServer> azure_;
  std::unique_ptr<ScriptedServer> metadata_;
};

TEST_F(DaemonAzure, ItsPortsLockAndItsRequestsOpen) {
  answer({});
  start();
  EXPECT_TRUE(closes(network_.stranger, kUdp4)) << "beyond the minimum";
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(opens(network_.stranger, kTcp4, 23)) << "that is another machine's";
  answer({request_of_client()});
  ASSERT_TRUE(gets_open()) << daemon_.log();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  auto session = connect(network_.client, kTcp4);
  answer({request_of_client("Revoked")});
  EXPECT_TRUE(closes(network_.client, kTcp4));
  EXPECT_TRUE(session.alive());
}

TEST_F(DaemonAzure, APolicyThatIsDeletedTakesItsGrantsAndStaysLocked) {
  answer({request_of_client()});
  start();
  ASSERT_TRUE(gets_open()) << daemon_.log();
  azure_->set_answers({json("404 Not Found", R"({"error":{"code":"ResourceNotFound","message":"gone"}})")});
  EXPECT_TRUE(closes(network_.client, kTcp4));
  EXPECT_THAT(daemon_.log(), HasSubstr("the policy does not exist"));
  EXPECT_TRUE(refused(network_.stranger, kUdp4)) << "the last policy is kept";
}

TEST_F(DaemonAzure, WhatIsOpenStaysWhileAzureIsAway) {
  answer({request_of_client()});
  start();
  ASSERT_TRUE(gets_open()) << daemon_.log();
  azure_->set_answers({json("503 Service Unavailable", "{}")});
  metadata_->set_answers({json("503 Service Unavailable", "{}")});
  daemon_.kill();
  daemon_.start_with_file();
  EXPECT_TRUE(opens(network_.client, kTcp4)) << "from the store";
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kUdp4)) << "and so is the policy";
  const auto tells = [&] { return daemon_.reasons().find("the metadata service answered 503") != std::string::npos; };
  EXPECT_TRUE(eventually(tells, kLong)) << daemon_.reasons();
}

}  // namespace
}  // namespace jitgate::netns
