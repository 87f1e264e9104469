#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {
namespace {

/// Ann has asked for 22/TCP, as grant-1; Eve approves.
class ApprovalCommands : public CommandLine {
 protected:
  void SetUp() override {
    api.agent.config_.access.approver = {{"eve"}, {}};
    api.agent.holds_requests = true;
    CommandLine::SetUp();
    api.become_requester();
  }
  void become_approver() { api.become({"eve", 1004, 4245, {"users"}}); }
  ExitCode ask(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"request", "--port", "22", "--source", "203.0.113.7", "--duration", "1h"};
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words));
  }
  /// What happens the `nth` time that the program looks.
  void at_look(int nth, std::function<void(GrantRecord&)> happens) {
    api.on_loop([&] {
      api.agent.before_list = [this, nth, looks = 0, happens]() mutable {
        if (++looks == nth) happens(api.agent.records.at(0));
      };
    });
  }
};

TEST_F(ApprovalCommands, ARequestThatWaitsSaysSo) {
  EXPECT_EQ(ask(), ExitCode::done);
  EXPECT_EQ(out,
            "waits for approval: 22/TCP for 203.0.113.7\n"
            "an approver has to decide on it: jitgate approve grant-1\n"
            "request grant-1\n");
}

TEST_F(ApprovalCommands, RequestsShowsWhatWaits) {
  EXPECT_EQ(run({"requests"}), ExitCode::done);
  EXPECT_EQ(out, "no requests\n");
  ASSERT_EQ(ask({"--justification", "INC-1"}), ExitCode::done);
  become_approver();
  EXPECT_EQ(run({"requests"}), ExitCode::done);
  EXPECT_EQ(out,
            "ID       REQUESTOR  PORT    SOURCE       ASKED FOR  DECIDE BY             JUSTIFICATION\n"
            "grant-1  ann        22/TCP  203.0.113.7  PT1H       2026-11-21T21:00:00Z  INC-1\n");
  EXPECT_EQ(run({"requests", "--json"}), ExitCode::done);
  EXPECT_EQ(boost::json::parse(out).as_array().size(), 1u);
}

TEST_F(ApprovalCommands, ApproveOpens) {
  ASSERT_EQ(ask(), ExitCode::done);
  become_approver();
  EXPECT_EQ(run({"approve", "grant-1"}), ExitCode::done);
  EXPECT_EQ(out, "open: 22/TCP for 203.0.113.7 until 2026-11-21T19:00:00Z (1h)\ngrant grant-1\n");
  EXPECT_EQ(run({"approve", "grant-1"}), ExitCode::failed);
}

TEST_F(ApprovalCommands, DenyDoesNot) {
  ASSERT_EQ(ask(), ExitCode::done);
  become_approver();
  EXPECT_EQ(run({"deny", "grant-1"}), ExitCode::done);
  EXPECT_EQ(out, "denied: request grant-1\n");
}

TEST_F(ApprovalCommands, WhoeverAskedMayNotApprove) {
  ASSERT_EQ(ask(), ExitCode::done);
  EXPECT_EQ(run({"approve", "grant-1"}), ExitCode::not_permitted);
  EXPECT_EQ(run({"approve", "../unlock"}), ExitCode::usage);
}

TEST_F(ApprovalCommands, WaitEndsWithTheApproval) {
  at_look(3, [this](GrantRecord& record) { api.agent.open_pending(record, "eve"); });
  EXPECT_EQ(ask({"--wait"}), ExitCode::done);
  EXPECT_EQ(pauses, 2);
  EXPECT_EQ(out, "open: 22/TCP for 203.0.113.7 until 2026-11-21T19:00:00Z (1h)\ngrant grant-1\n");
  EXPECT_EQ(err, "jitgate: an approver has to decide on it: jitgate approve grant-1\n");
}

TEST_F(ApprovalCommands, WaitFailsWhenItIsDenied) {
  at_look(2, [this](GrantRecord& record) { api.agent.end(record, StatusReason::denied); });
  EXPECT_EQ(ask({"--wait"}), ExitCode::failed);
  EXPECT_EQ(out, "");
  EXPECT_NE(err.find("jitgate: not open: Denied\n"), std::string::npos);
}

TEST_F(ApprovalCommands, WaitFailsWhenNobodyDecidesInTime) {
  at_look(2, [this](GrantRecord& record) { api.agent.end(record, StatusReason::expired); });
  EXPECT_EQ(ask({"--wait"}), ExitCode::failed);
  EXPECT_NE(err.find("jitgate: not open: Expired\n"), std::string::npos);
}

TEST_F(ApprovalCommands, WaitWithJsonGivesOneAnswer) {
  at_look(2, [this](GrantRecord& record) { api.agent.open_pending(record, "eve"); });
  EXPECT_EQ(ask({"--wait", "--json"}), ExitCode::done);
  EXPECT_EQ(boost::json::parse(out).at("approver").as_string(), "eve");
}

TEST_F(ApprovalCommands, WaitDoesNotWaitForWhatIsOpen) {
  api.on_loop([&] { api.agent.holds_requests = false; });
  EXPECT_EQ(ask({"--wait"}), ExitCode::done);
  EXPECT_EQ(pauses, 0);
  EXPECT_EQ(out.substr(0, 5), "open:");
}

TEST_F(ApprovalCommands, WaitGivesUpWhenTheDaemonStaysAway) {
  before_pause = [this] {
    if (pauses == 1) api.stop();
  };
  EXPECT_EQ(ask({"--wait"}), ExitCode::unreachable);
  EXPECT_EQ(pauses, 60) << "a restart takes some time";
}

}  // namespace
}  // namespace jitgate::cli
