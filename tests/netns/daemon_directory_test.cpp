// Signed grant files, with the real ssh-keygen, the real daemon and real packets.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/netns/daemon_fixture.hpp"
#include "tests/netns/source_documents.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class DaemonDirectory : public DaemonTest {
 protected:
  static void SetUpTestSuite() {
    keygen = new signature::SshKeygen;
    for (const std::string name : {"approver", "stranger"}) keygen->make_key(name, "ed25519");
  }
  static void TearDownTestSuite() { delete keygen; }

  DaemonDirectory() {
    std::filesystem::create_directory(spool_);
    ::chmod(spool_.c_str(), 0755);
    allow(std::string(kApprover) + " " + keygen->public_key("approver") + "\n");
    daemon_.settings.more = "sources: [{name: spool, type: directory, path: " + spool_ +
                            "}]\ntrust:\n  allowedSigners: " + signers_ + "\n  signers:\n    " + kApprover +
                            ": {ports: [22], may: [approve, revoke]}\n";
    daemon_.start();
  }

  void allow(const std::string& lines) const {
    write_text(signers_, lines);
    ::chmod(signers_.c_str(), 0644);
  }
  /// As people do it: written elsewhere, the signature first, and renamed.
  void put(const std::string& name, const std::string& document, const std::string& key = "approver") const {
    for (const auto& [file, content] : {std::pair(name + ".sig", keygen->sign(key, document)), {name, document}}) {
      write_text(spool_ + "/." + file, content);
      std::filesystem::rename(spool_ + "/." + file, spool_ + "/" + file);
    }
  }
  std::string document(const std::string& id, std::chrono::seconds length = 600s, int port = 22) const {
    return grant_document(id, network_.client.ipv4, length, "server", port);
  }
  bool gets_open() {
    return eventually([&] { return opens(network_.client, kTcp4); }, kLong);
  }
  /// The audit's last refusal, once there is one.
  std::string refusal() {
    std::string reason;
    const auto there = [&] {
      const auto events = daemon_.json({"audit"});
      for (const auto& event : events.as_array()) {
        if (text(event, "outcome") == "Refused") reason = text(event, "reason");
      }
      return !reason.empty();
    };
    return eventually(there, kLong) ? reason : "nothing was refused";
  }

  static signature::SshKeygen* keygen;
  std::string spool_ = daemon_.scratch().file("grants.d");
  std::string signers_ = daemon_.scratch().file("allowed_signers");
};

signature::SshKeygen* DaemonDirectory::keygen = nullptr;

TEST_F(DaemonDirectory, ASignedFileOpensAndItsRemovalCloses) {
  EXPECT_TRUE(refused(network_.client, kTcp4));
  put("one.json", document("g-1"));
  ASSERT_TRUE(gets_open()) << daemon_.log();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  auto session = connect(network_.client, kTcp4);
  std::filesystem::remove(spool_ + "/one.json");
  EXPECT_TRUE(closes(network_.client, kTcp4));
  EXPECT_TRUE(session.alive());
  EXPECT_EQ(daemon_.condition("g-1"), "UserRequested");
}

TEST_F(DaemonDirectory, TheAuditNamesTheSigner) {
  put("one.json", document("g-1"));
  ASSERT_TRUE(gets_open()) << daemon_.log();
  const auto events = daemon_.json({"audit", "--grant", "g-1"});
  const auto& opened = events.as_array().at(0);
  EXPECT_EQ(text(opened, "caller"), kApprover);
  EXPECT_THAT(text(opened, "reason"), HasSubstr("signed by approver@example.com by ssh-ed25519 SHA256:"));
  EXPECT_THAT(text(opened, "reason"), HasSubstr("requested by requester@example.com"));
}

TEST_F(DaemonDirectory, WhatTheSignerMayNotIsRefused) {
  put("one.json", document("g-1", 600s, 23));
  EXPECT_THAT(refusal(), HasSubstr("may not approve port 23"));
  EXPECT_TRUE(refused(network_.client, kTcp4, 23));
}

TEST_F(DaemonDirectory, AnotherKeyIsRefused) {
  put("one.json", document("g-1"), "stranger");
  EXPECT_THAT(refusal(), HasSubstr("allowed_signers"));
  EXPECT_TRUE(refused(network_.client, kTcp4));
}

TEST_F(DaemonDirectory, OneByteMoreIsRefused) {
  const auto bytes = document("g-1");
  write_text(spool_ + "/one.json.sig", keygen->sign("approver", bytes));
  write_text(spool_ + "/one.json", bytes + " ");
  EXPECT_THAT(refusal(), HasSubstr("signature"));
  EXPECT_TRUE(refused(network_.client, kTcp4));
}

TEST_F(DaemonDirectory, ASignedRevocationClosesWhatWasAskedForHereToo) {
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  put("end.json", revocation_document(id));
  EXPECT_TRUE(closes(network_.client, kTcp4));
}

TEST_F(DaemonDirectory, WhatLiesThereAtTheStartIsTakenIn) {
  daemon_.stop();
  put("one.json", document("g-1"));
  daemon_.start();
  EXPECT_TRUE(gets_open()) << daemon_.log();
}

TEST_F(DaemonDirectory, WhatGoesWhileNobodyRunsIsClosed) {
  put("one.json", document("g-1"));
  ASSERT_TRUE(gets_open()) << daemon_.log();
  daemon_.kill();
  EXPECT_TRUE(opens(network_.client, kTcp4)) << "the kernel keeps what was granted";
  std::filesystem::remove(spool_ + "/one.json");
  daemon_.start();
  EXPECT_TRUE(closes(network_.client, kTcp4));
}

TEST_F(DaemonDirectory, AReloadAfterTheKeyIsTakenAwayCloses) {
  put("one.json", document("g-1"));
  ASSERT_TRUE(gets_open()) << daemon_.log();
  allow("nobody@example.com " + keygen->public_key("stranger") + "\n");
  ASSERT_TRUE(daemon_.reload());
  EXPECT_TRUE(closes(network_.client, kTcp4));
}

TEST_F(DaemonDirectory, AFileThatIsExpiredStaysClosedAndQuiet) {
  put("one.json", document("g-1", 3s));
  ASSERT_TRUE(gets_open()) << daemon_.log();
  EXPECT_TRUE(closes(network_.client, kTcp4));
  EXPECT_TRUE(eventually([&] { return daemon_.condition("g-1") == "Expired"; }, kLong));
  ASSERT_TRUE(daemon_.reload());
  put("two.json", document("g-2"));
  ASSERT_TRUE(gets_open()) << daemon_.log();
  EXPECT_EQ(daemon_.condition("g-1"), "Expired");
}

}  // namespace
}  // namespace jitgate::netns
