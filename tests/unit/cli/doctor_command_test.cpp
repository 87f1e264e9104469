#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {
namespace {

using doctor::Severity;
using doctor::Verdict;
using ::testing::HasSubstr;

doctor::DoctorReport unhealthy() {
  return {Verdict::unhealthy,
          {{{Transport::tcp, PortNumber::from(2222).value()}, {"0.0.0.0", "::"}, {"sshd"}}},
          {{"port.notInPolicy", Severity::unhealthy, "2222/tcp listens", "add:\n    - number: 2222\n"},
           {"policy.weak", Severity::warning, "too long", "less"}}};
}

TEST_F(CommandLine, TheDoctorSaysWhatIsWrongAndWhatMendsIt) {
  api.on_loop([&] { api.agent.doctor_report = unhealthy(); });
  EXPECT_EQ(run({"doctor"}), ExitCode::failed);
  EXPECT_EQ(out,
            "Unhealthy\n"
            "\n"
            "PORT      LISTENS ON   PROGRAM  PROTECTION\n"
            "2222/tcp  0.0.0.0, ::  sshd     unlocked\n"
            "\n"
            "unhealthy: 2222/tcp listens [port.notInPolicy]\n"
            "    add:\n"
            "        - number: 2222\n"
            "\n"
            "warning: too long [policy.weak]\n"
            "    less\n");
  EXPECT_EQ(err, "");
}

TEST_F(CommandLine, TheDoctorIsContentWithHealthyAndNotApplicable) {
  for (const Verdict verdict : {Verdict::healthy, Verdict::not_applicable}) {
    api.on_loop([&] { api.agent.doctor_report.verdict = verdict; });
    EXPECT_EQ(run({"doctor"}), ExitCode::done);
    EXPECT_EQ(out, std::string(to_string(verdict)) + "\n");
  }
}

TEST_F(CommandLine, TheDoctorSpeaksJson) {
  api.on_loop([&] { api.agent.doctor_report = unhealthy(); });
  EXPECT_EQ(run({"doctor", "--json"}), ExitCode::failed);
  EXPECT_EQ(boost::json::parse(out), boost::json::parse(R"({
    "verdict": "Unhealthy",
    "ports": [{"number": 2222, "transport": "tcp", "addresses": ["0.0.0.0", "::"], "processes": ["sshd"],
               "protection": "unlocked"}],
    "findings": [
      {"code": "port.notInPolicy", "severity": "unhealthy", "message": "2222/tcp listens",
       "remedy": "add:\n    - number: 2222\n"},
      {"code": "policy.weak", "severity": "warning", "message": "too long", "remedy": "less"}]})"));
}

TEST_F(CommandLine, TheDoctorShowsNoControlCharacters) {
  api.on_loop([&] {
    api.agent.doctor_report = unhealthy();
    api.agent.doctor_report.findings[0].message = "\x1b[2J";
    api.agent.doctor_report.findings[0].remedy = "a\x1b[2J\rb";
  });
  EXPECT_EQ(run({"doctor"}), ExitCode::failed);
  EXPECT_EQ(out.find_first_of("\x1b\r"), std::string::npos);
}

TEST_F(CommandLine, TheDoctorIsForReaders) {
  api.become_requester();
  EXPECT_EQ(run({"doctor"}), ExitCode::not_permitted);
  api.become_reader();
  EXPECT_EQ(run({"doctor"}), ExitCode::done);
}

TEST_F(CommandLine, WithoutADaemonTheDoctorNamesTheOtherOne) {
  api.stop();
  EXPECT_EQ(run({"doctor"}), ExitCode::unreachable);
  EXPECT_THAT(err, HasSubstr("jitgated --doctor"));
}

}  // namespace
}  // namespace jitgate::cli
