// A second person opens the door: nobody asks, daemon (the user) decides.
#include <filesystem>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonApproval : public DaemonTest {
 protected:
  DaemonApproval() {
    daemon_.settings.ports[0].more = ", requireApproval: true";
    daemon_.settings.more =
        "access: {requester: {users: [nobody]}, approver: {users: [nobody, daemon]}, administrator: {users: [root]}}\n";
    // The program may lie where others cannot read.
    std::filesystem::copy_file(JITGATE_TEST_CLI, program());
  }
  std::string program() const { return daemon_.scratch().file("jitgate"); }
  std::vector<std::string> command_as(const std::string& user, const std::vector<std::string>& arguments) const {
    std::vector<std::string> command{"setpriv", "--reuid=" + user, "--regid=nogroup",    "--clear-groups",
                                     program(), "--socket",        daemon_.socket_path()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
  }
  ExecResult as(const std::string& user, const std::vector<std::string>& arguments) const {
    return network_.server.exec(command_as(user, arguments));
  }
  std::vector<std::string> asking() const {
    return {"--json", "request", "--port", "22/tcp", "--source", network_.client.ipv4, "--duration", "10m"};
  }
  std::string ask() const {
    const auto asked = as("nobody", asking());
    EXPECT_EQ(asked.status, 0) << asked.err;
    return text(boost::json::parse(asked.out), "id");
  }
};

TEST_F(DaemonApproval, OpensTheDoorAndNothingBeforeDoes) {
  daemon_.start();
  const auto id = ask();
  EXPECT_TRUE(refused(network_.client, kTcp4)) << "it is pending";
  const auto own = as("nobody", {"approve", id});
  EXPECT_EQ(own.status, 4) << own.out << own.err;
  EXPECT_EQ(daemon_.cli({"approve", id}).status, 4) << "root";
  EXPECT_TRUE(refused(network_.client, kTcp4));
  const auto approved = as("daemon", {"approve", id});
  EXPECT_EQ(approved.status, 0) << approved.err;
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_EQ(text(daemon_.grant(id), "approver"), "daemon");
  EXPECT_GT(daemon_.remaining(id), 500);
  EXPECT_EQ(daemon_.operations(id), (std::vector<std::string>{"request.hold", "request.approve", "request.approve",
                                                              "request.approve", "grant.open"}))
      << "the two that were refused are on record too";
}

TEST_F(DaemonApproval, DeniedStaysClosed) {
  daemon_.start();
  const auto id = ask();
  EXPECT_EQ(as("daemon", {"deny", id}).status, 0);
  EXPECT_EQ(as("daemon", {"approve", id}).status, 1);
  EXPECT_TRUE(refused(network_.client, kTcp4));
  EXPECT_EQ(daemon_.condition(id), "Denied");
}

TEST_F(DaemonApproval, WaitsOverACrashOfTheDaemon) {
  daemon_.start();
  const auto id = ask();
  daemon_.kill();
  EXPECT_TRUE(refused(network_.client, kTcp4));
  daemon_.start();
  EXPECT_TRUE(refused(network_.client, kTcp4));
  EXPECT_EQ(as("daemon", {"approve", id}).status, 0);
  EXPECT_TRUE(opens(network_.client, kTcp4));
  daemon_.kill();
  daemon_.start();
  EXPECT_TRUE(opens(network_.client, kTcp4)) << "a grant like any other now";
  EXPECT_EQ(text(daemon_.grant(id), "approver"), "daemon");
}

TEST_F(DaemonApproval, EndsTheWaitOfWhoAsked) {
  daemon_.start();
  auto words = asking();
  words.emplace_back("--wait");
  Process waiting(command_as("nobody", words), {network_.server}, daemon_.scratch().file("wait.log"));
  std::string id;
  const auto appears = [&] {
    const auto requests = daemon_.json({"requests"}).as_array();
    if (!requests.empty()) id = text(requests[0], "id");
    return !requests.empty();
  };
  ASSERT_TRUE(eventually(appears, kLong));
  EXPECT_EQ(as("daemon", {"approve", id}).status, 0);
  EXPECT_EQ(waiting.wait(kLong), 0);
  EXPECT_TRUE(opens(network_.client, kTcp4));
}

}  // namespace
}  // namespace jitgate::netns
