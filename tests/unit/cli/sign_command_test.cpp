#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>

#include "agent/signature/signed_document.hpp"
#include "agent/signature/verify.hpp"
#include "tests/fake/grant_builder.hpp"
#include "tests/unit/cli/command_line.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::cli {
namespace {

constexpr const char* kApprover = "approver@example.com";

class SignCommand : public CommandLine {
 protected:
  void SetUp() override {
    CommandLine::SetUp();
    const ManualClock clock;
    auto grant =
        make_record(clock, "g-1", {grant_port(22, Protocol::tcp, "203.0.113.7", now + std::chrono::hours(1))}).grant;
    grant.approver = kApprover;
    keygen.write("grant.json", write_grant_document(grant));
  }
  ~SignCommand() override {
    if (agent_ > 0) ::kill(agent_, SIGTERM);
  }

  ExitCode sign(const std::string& key, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"sign", "--key", keygen.path(key), keygen.path("grant.json")});
    return run(std::move(more));
  }
  /// Both verifiers take FILE.sig for the grant, by that allowed_signers file.
  void expect_verified(const std::string& allowed) const {
    const std::string document = keygen.read("grant.json");
    const std::string signature = keygen.read("grant.json.sig");
    EXPECT_TRUE(keygen.verifies(allowed, kApprover, document, signature, now)) << keygen.read("stderr");
    const signature::Keys keys{signature::parse_allowed_signers(allowed, "allowed_signers").value()};
    const auto signer = signature::verify(document, signature, kApprover, keys, now);
    EXPECT_TRUE(signer) << describe(signer.error());
  }
  std::string allow(const std::string& key) const { return std::string(kApprover) + " " + keygen.public_key(key); }

  /// A real ssh-agent(1) that may use the security key in software.
  void start_agent() {
    const std::string socket = keygen.path("agent");
    const auto started = keygen.run({"ssh-agent", "-P", "*", "-s", "-a", socket});
    ASSERT_EQ(started.status, 0) << keygen.read("stderr");
    const std::size_t at = started.out.find("SSH_AGENT_PID=");
    ASSERT_NE(at, std::string::npos) << started.out;
    agent_ = std::stoi(started.out.substr(at + std::string_view("SSH_AGENT_PID=").size()));
    variables["SSH_AUTH_SOCK"] = socket;
  }
  void add_to_agent(const std::string& key) {
    const auto added = keygen.run({"env", "SSH_AUTH_SOCK=" + variables["SSH_AUTH_SOCK"], "ssh-add", keygen.path(key)});
    ASSERT_EQ(added.status, 0) << keygen.read("stderr");
  }

  signature::SshKeygen keygen;
  const WallTime now = ManualClock().wall_now();

 private:
  pid_t agent_ = 0;
};

TEST_F(SignCommand, SignsWithAKeyFile) {
  keygen.make_key("key", "ecdsa");
  ASSERT_EQ(sign("key"), ExitCode::done) << err;
  EXPECT_NE(out.find("SHA256:"), std::string::npos);
  expect_verified(allow("key"));
  EXPECT_FALSE(std::filesystem::exists(keygen.path("grant.json.sig.new")));
}

TEST_F(SignCommand, SignsWithACertificate) {
  keygen.make_key("authority", "ed25519");
  keygen.make_key("key", "rsa", {"-b", "2048"});
  keygen.certify("authority", "key", {"-n", kApprover});
  ASSERT_EQ(sign("key-cert.pub"), ExitCode::done) << err;
  expect_verified("*@example.com cert-authority " + keygen.public_key("authority"));
}

TEST_F(SignCommand, SignsThroughAnAgent) {
  start_agent();
  for (const std::string type : {"ed25519", "ecdsa", "rsa", "ed25519-sk", "ecdsa-sk"}) {
    keygen.make_key(type, type, type == "rsa" ? std::vector<std::string>{"-b", "2048"} : std::vector<std::string>{});
    add_to_agent(type);
    std::filesystem::rename(keygen.path(type), keygen.path("elsewhere"));
    ASSERT_EQ(sign(type + ".pub", {"--force"}), ExitCode::done) << type << ": " << err;
    expect_verified(allow(type));
  }
}

TEST_F(SignCommand, TheAgentSignsForCertificatesAndForFilesThatCannot) {
  start_agent();
  keygen.make_key("authority", "ed25519");
  keygen.make_key("key", "ed25519");
  add_to_agent("key");
  keygen.certify("authority", "key", {"-n", kApprover});
  ASSERT_EQ(keygen.run({"ssh-keygen", "-q", "-p", "-N", "a passphrase", "-f", keygen.path("key")}).status, 0);
  ASSERT_EQ(sign("key"), ExitCode::done) << err;
  expect_verified(allow("key"));
  ASSERT_EQ(sign("key-cert.pub", {"--force"}), ExitCode::done) << err;
  expect_verified("*@example.com cert-authority " + keygen.public_key("authority"));
}

TEST_F(SignCommand, RefusesToMakeWhatHostsRefuse) {
  start_agent();
  keygen.make_key("untouched", "ed25519-sk", {"-O", "no-touch-required"});
  add_to_agent("untouched");
  EXPECT_EQ(sign("untouched.pub"), ExitCode::failed);
  EXPECT_NE(err.find("without being touched"), std::string::npos) << err;
  EXPECT_FALSE(std::filesystem::exists(keygen.path("grant.json.sig")));
}

TEST_F(SignCommand, MakesAnEnvelope) {
  keygen.make_key("key", "ed25519");
  ASSERT_EQ(sign("key", {"--envelope"}), ExitCode::done) << err;
  const auto envelope = signature::parse_envelope(out);
  ASSERT_TRUE(envelope) << describe(envelope.error());
  EXPECT_EQ(envelope->document, keygen.read("grant.json"));
  EXPECT_TRUE(keygen.verifies(allow("key"), kApprover, envelope->document, envelope->signature, now));
  ASSERT_EQ(sign("key", {"--envelope", "--output", keygen.path("envelope.json"), "--json"}), ExitCode::done) << err;
  EXPECT_TRUE(signature::parse_envelope(keygen.read("envelope.json")));
  EXPECT_EQ(boost::json::parse(out).at("output").as_string(), keygen.path("envelope.json"));
}

TEST_F(SignCommand, ReplacesNothingUnlessForced) {
  keygen.make_key("key", "ed25519");
  keygen.write("grant.json.sig", "before");
  EXPECT_EQ(sign("key"), ExitCode::failed);
  EXPECT_NE(err.find("File exists"), std::string::npos) << err;
  EXPECT_EQ(keygen.read("grant.json.sig"), "before");
  EXPECT_EQ(sign("key", {"--force"}), ExitCode::done) << err;
  expect_verified(allow("key"));
}

TEST_F(SignCommand, SignsADocumentThatIsValidAlone) {
  keygen.make_key("key", "ed25519");
  keygen.write("grant.json", R"({"apiVersion": "jitgate/v1", "kind": "AccessGrant"})");
  EXPECT_EQ(sign("key"), ExitCode::failed);
  EXPECT_NE(err.find("id"), std::string::npos) << err;
  const ManualClock clock;
  keygen.write(
      "grant.json",
      make_record(clock, "g-1", {grant_port(22, Protocol::tcp, "203.0.113.7", now + std::chrono::hours(1))}).document);
  EXPECT_EQ(sign("key"), ExitCode::failed);
  EXPECT_NE(err.find("approver"), std::string::npos) << err;
  keygen.write("grant.json",
               R"({"apiVersion": "jitgate/v1", "kind": "Revocation", "id": "g", "statusReason": "Denied"})");
  EXPECT_EQ(sign("key"), ExitCode::done) << err;
  expect_verified(allow("key"));
}

TEST_F(SignCommand, SaysWhyAKeyCannotSign) {
  const auto refusal = [this](const std::string& key) {
    EXPECT_EQ(sign(key), ExitCode::failed) << key;
    EXPECT_FALSE(std::filesystem::exists(keygen.path("grant.json.sig")));
    return err;
  };
  EXPECT_NE(refusal("none").find("no such regular file"), std::string::npos) << err;
  keygen.make_key("token", "ed25519-sk");
  EXPECT_NE(refusal("token").find("held by a security key: add it to ssh-agent"), std::string::npos) << err;
  keygen.make_key("one", "ed25519");
  keygen.make_key("two", "ed25519");
  std::filesystem::rename(keygen.path("two"), keygen.path("one"));
  EXPECT_NE(refusal("one.pub").find("has the private half"), std::string::npos) << err;
  keygen.write("text", "hello\n");
  EXPECT_NE(refusal("text").find("not supported"), std::string::npos) << err;
  variables["SSH_AUTH_SOCK"] = keygen.path("nobody");
  EXPECT_NE(refusal("token").find("ssh-agent: "), std::string::npos) << err;
  variables["SSH_AUTH_SOCK"] = std::string(200, 'x');
  EXPECT_NE(refusal("token").find("too long"), std::string::npos) << err;
}

}  // namespace
}  // namespace jitgate::cli
