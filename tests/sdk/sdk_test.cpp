// The official client of the Azure resource (@azure/arm-security) against a running jitgated, with real packets.
#include <filesystem>
#include <stdexcept>

#include "tests/fake/certificates.hpp"
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

namespace json = boost::json;

constexpr int kPort = 8443;

class AzureSdk : public DaemonTest {
 protected:
  explicit AzureSdk(bool policy_by_api = false) {
    daemon_.settings.policy_by_api = policy_by_api;
    write_certificate();
    daemon_.settings.api = ", listen: \"0.0.0.0:" + std::to_string(kPort) +
                           "\", tls: {certificate: " + file("server.pem") + ", key: " + file("server.key") +
                           "}, tokens: " + file("tokens.yaml");
    requester_ = new_token("ann@example.com", "requester");
    administrator_ = new_token("root@example.com", "administrator");
    daemon_.start();
  }

  [[nodiscard]] std::string file(const std::string& name) const { return daemon_.scratch().file(name); }

  /// A new one, which the clients trust from now on.
  void write_certificate() const {
    const TestCertificate certificate("server", "IP:" + network_.server.ipv4 + ",IP:127.0.0.1");
    certificate.write(file("server.pem"), file("server.key"));
    write_text(file("trusted.pem"), read_text(file("server.pem")));
  }

  /// What `jitgate token create` prints.
  [[nodiscard]] std::string new_token(const std::string& name, const std::string& role) const {
    const auto made = daemon_.cli({"token", "create", name, "--role", role, "--tokens", file("tokens.yaml")});
    if (made.status != 0) throw std::runtime_error("no token: " + made.err);
    return made.out.substr(0, made.out.find('\n'));
  }

  /// One call of the SDK from `host`.
  json::value sdk(const NetworkNamespace& host, const std::string& token, std::vector<std::string> call,
                  const std::string& address = {}) const {
    const auto endpoint = "https://" + (address.empty() ? network_.server.ipv4 : address) + ":" + std::to_string(kPort);
    std::vector<std::string> command{
        "env", "NODE_EXTRA_CA_CERTS=" + file("trusted.pem"), "node", JITGATE_SDK_CLIENT, endpoint, token};
    command.insert(command.end(), call.begin(), call.end());
    const auto done = host.exec(command);
    if (done.status != 0) throw std::runtime_error("the SDK's client: " + done.out + done.err);
    return json::parse(done.out);
  }
  json::value as_administrator(std::vector<std::string> call) const {
    return sdk(network_.client, administrator_, std::move(call));
  }

  /// The only port of the policy's newest request.
  static json::value port_of(const json::value& request) {
    return request.at("virtualMachines").at(0).at("ports").at(0);
  }

  std::string requester_;
  std::string administrator_;
};

TEST_F(AzureSdk, EveryListAndGetShowThePolicy) {
  for (const char* list : {"list", "listByRegion", "listByResourceGroup", "listByResourceGroupAndRegion"}) {
    const auto found = as_administrator({list});
    ASSERT_TRUE(found.is_array()) << list << json::serialize(found);
    ASSERT_EQ(found.as_array().size(), 1U) << list;
    EXPECT_EQ(text(found.at(0), "name"), "default") << list;
  }
  const auto policy = as_administrator({"get", "default"});
  EXPECT_EQ(text(policy, "location"), "westeurope");
  EXPECT_EQ(text(policy, "provisioningState"), "Succeeded");
  const auto& port = policy.at("virtualMachines").at(0).at("ports").at(0);
  EXPECT_EQ(port.at("number"), 22);
  EXPECT_EQ(text(port, "protocol"), "TCP");
  EXPECT_EQ(text(port, "maxRequestAccessDuration"), "PT3H");
}

TEST_F(AzureSdk, InitiateOpensThePortToRealPacketsAndItExpires) {
  daemon_.settings.ports = {{22, "TCP", {}}};
  ASSERT_TRUE(daemon_.reload());
  ASSERT_TRUE(refused(network_.client, kTcp4));
  const auto initiated =
      sdk(network_.client, requester_, {"initiate", "default", "server", "22", "30", network_.client.ipv4});
  ASSERT_FALSE(initiated.as_object().contains("error")) << json::serialize(initiated);
  EXPECT_EQ(text(initiated, "requestor"), "ann@example.com");
  EXPECT_EQ(text(port_of(initiated), "status"), "Initiated");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(closes(network_.client, kTcp4));
  const auto ended = [&] {
    const auto policy = as_administrator({"get", "default"});
    return text(port_of(policy.at("requests").at(0)), "statusReason") == "Expired";
  };
  EXPECT_TRUE(eventually(ended, kLong));
}

TEST_F(AzureSdk, AnOmittedSourceIsTheCallersAddress) {
  daemon_.settings.ports = {{22, "TCP", {}}};
  ASSERT_TRUE(daemon_.reload());
  const auto initiated = sdk(network_.client, requester_, {"initiate", "default", "server", "22", "600"});
  ASSERT_FALSE(initiated.as_object().contains("error")) << json::serialize(initiated);
  EXPECT_EQ(text(port_of(initiated), "allowedSourceAddressPrefix"), network_.client.ipv4);
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  const auto local =
      sdk(network_.server, requester_, {"initiate", "default", "server", "22", "600"}, "127.0.0.1").at("error");
  EXPECT_EQ(local.at("status"), 400) << "a peer on this host may be a proxy";
}

TEST_F(AzureSdk, RefusalsAreTheSdksOwnErrors) {
  const auto missing = as_administrator({"get", "nope"}).at("error");
  EXPECT_EQ(text(missing, "code"), "ResourceNotFound");
  EXPECT_EQ(missing.at("status"), 404);
  const auto too_long =
      sdk(network_.client, requester_, {"initiate", "default", "server", "22", "90000", network_.client.ipv4});
  EXPECT_EQ(text(too_long.at("error"), "code"), "InvalidRequest");
  EXPECT_EQ(too_long.at("error").at("status"), 400);
  const auto role = sdk(network_.client, requester_, {"get", "default"}).at("error");
  EXPECT_EQ(text(role, "code"), "AuthorizationFailed");
  EXPECT_EQ(role.at("status"), 403);
  const auto nobody = sdk(network_.client, "wrong", {"get", "default"}).at("error");
  EXPECT_EQ(text(nobody, "code"), "AuthenticationFailed");
  EXPECT_EQ(nobody.at("status"), 401);
  EXPECT_TRUE(refused(network_.client, kTcp4));
}

TEST_F(AzureSdk, TheFilesPolicyIsNotChanged) {
  EXPECT_EQ(text(as_administrator({"put", "default", "server"}).at("error"), "code"), "Conflict");
  EXPECT_EQ(text(as_administrator({"delete", "default"}).at("error"), "code"), "Conflict");
  EXPECT_FALSE(as_administrator({"delete", "nope"}).as_object().contains("error"));
  EXPECT_EQ(as_administrator({"get", "default"}).at("virtualMachines").at(0).at("ports").as_array().size(), 4U);
}

TEST_F(AzureSdk, ReloadTakesANewCertificateAndKeepsTheOldOneWhereItCannot) {
  write_text(file("server.pem"), "no certificate\n");
  ASSERT_TRUE(daemon_.reload_file());
  EXPECT_NE(daemon_.reasons().find("server.pem"), std::string::npos) << daemon_.reasons();
  EXPECT_EQ(text(as_administrator({"get", "default"}), "name"), "default");
  EXPECT_TRUE(refused(network_.client, kTcp4));
  write_certificate();
  ASSERT_TRUE(daemon_.reload_file());
  EXPECT_EQ(daemon_.reasons().find("server.pem"), std::string::npos) << daemon_.reasons();
  EXPECT_EQ(text(as_administrator({"get", "default"}), "name"), "default");
}

TEST_F(AzureSdk, ATokenThatIsTakenOutIsRefusedAtOnce) {
  EXPECT_EQ(text(as_administrator({"get", "default"}), "name"), "default");
  write_text(file("tokens.yaml"), "[]\n");
  EXPECT_EQ(as_administrator({"get", "default"}).at("error").at("status"), 401);
  EXPECT_GE(daemon_.audited("authenticate"), 1U);
}

class AzureSdkPolicy : public AzureSdk {
 protected:
  AzureSdkPolicy() : AzureSdk(true) {}
  [[nodiscard]] json::value request_of_policy() const {
    return as_administrator({"get", "default"}).at("requests").at(0);
  }
};

TEST_F(AzureSdkPolicy, FromEnablingToTheStateThatWasThereBefore) {
  const auto before = ruleset();
  EXPECT_EQ(as_administrator({"get", "default"}).at("error").at("status"), 404);
  EXPECT_TRUE(as_administrator({"list"}).as_array().empty());
  ASSERT_TRUE(opens(network_.stranger, kTcp4));

  const auto put = as_administrator({"put", "default", "server"});
  ASSERT_FALSE(put.as_object().contains("error")) << json::serialize(put);
  EXPECT_EQ(text(put, "name"), "default");
  EXPECT_EQ(put, as_administrator({"get", "default"}));
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(refused(network_.client, kTcp6));
  EXPECT_TRUE(opens(network_.stranger, kTcp4, 23)) << "a port that the policy does not name";

  const auto initiated =
      sdk(network_.client, requester_, {"initiate", "default", "server", "22", "30", network_.client.ipv4});
  ASSERT_FALSE(initiated.as_object().contains("error")) << json::serialize(initiated);
  EXPECT_EQ(text(port_of(initiated), "status"), "Initiated");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  // Nobody knocks meanwhile: a queue full of connections that nobody accepts would look like a lock.
  EXPECT_TRUE(eventually([&] { return text(port_of(request_of_policy()), "statusReason") == "Expired"; }, kLong));
  EXPECT_TRUE(refused(network_.client, kTcp4));

  const auto deleted = as_administrator({"delete", "default"});
  EXPECT_FALSE(deleted.is_object() && deleted.as_object().contains("error")) << json::serialize(deleted);
  EXPECT_TRUE(opens(network_.stranger, kTcp4));
  EXPECT_EQ(ruleset(), before);
  EXPECT_EQ(as_administrator({"get", "default"}).at("error").at("status"), 404);
  EXPECT_NO_THROW(as_administrator({"delete", "default"})) << "204: it is gone already";
  EXPECT_EQ(daemon_.audited("policy.change"), 2U);
}

TEST_F(AzureSdkPolicy, DeletingItRevokesWhatIsOpen) {
  as_administrator({"put", "default", "server"});
  sdk(network_.client, requester_, {"initiate", "default", "server", "22", "600", network_.client.ipv4});
  auto session = connect(network_.client, kTcp4);
  as_administrator({"delete", "default"});
  as_administrator({"put", "default", "server"});
  EXPECT_TRUE(refused(network_.client, kTcp4)) << "the new policy knows nothing of the old one's grants";
  EXPECT_TRUE(session.alive()) << "what was established stays";
  EXPECT_EQ(text(port_of(request_of_policy()), "statusReason"), "PolicyChanged");
}

TEST_F(AzureSdkPolicy, RefusalsAreTheSdksOwnErrors) {
  const auto role = sdk(network_.client, requester_, {"put", "default", "server"}).at("error");
  EXPECT_EQ(role.at("status"), 403);
  const auto machine = as_administrator({"put", "default", "another"}).at("error");
  EXPECT_EQ(text(machine, "code"), "InvalidRequest");
  EXPECT_EQ(machine.at("status"), 400);
  EXPECT_EQ(as_administrator({"put", "second", "server"}).at("error").at("status"), 409);
  const auto slash = as_administrator({"get", "pol/icy 1"}).at("error");
  EXPECT_EQ(text(slash, "code"), "ResourceNotFound");
  EXPECT_EQ(slash.at("status"), 404);
  EXPECT_TRUE(opens(network_.stranger, kTcp4)) << "nothing was locked";
}

}  // namespace
}  // namespace jitgate::netns
