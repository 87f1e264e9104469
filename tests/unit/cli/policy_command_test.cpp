#include <boost/json/parse.hpp>
#include <fstream>

#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {
namespace {

class PolicyCommand : public CommandLine {
 protected:
  std::string write(const std::string& content) {
    const std::string path = api.directory().file("candidate.yaml");
    std::ofstream(path) << content;
    return path;
  }
};

TEST_F(PolicyCommand, ShowsWhatMayBeAskedFor) {
  EXPECT_EQ(run({"policy", "show"}), ExitCode::done);
  EXPECT_EQ(out,
            "PORT    FROM  AT MOST  JUSTIFICATION  APPROVAL  ON EXPIRY\n"
            "22/TCP  *     3h       -              -         keep\n"
            "\n"
            "never locked out: 192.0.2.10\n"
            "\n"
            "set by the configuration file\n");
  EXPECT_EQ(run({"policy", "show", "--json"}), ExitCode::done);
  EXPECT_TRUE(boost::json::parse(out).at("ports").is_array());
}

TEST_F(PolicyCommand, CheckAcceptsAValidFile) {
  const std::string path = write("version: 1\npolicy: {ports: []}\nenforcement: {existingRules: override}\n");
  EXPECT_EQ(run({"policy", "check", path}), ExitCode::done) << out << err;
  EXPECT_EQ(out, path + ": valid\n");
}

TEST_F(PolicyCommand, CheckListsEveryError) {
  const std::string path = write("version: 1\npolicy: {ports: []}\nnope: 1\nnada: 2\n");
  EXPECT_EQ(run({"policy", "check", path}), ExitCode::failed);
  EXPECT_NE(out.find(":3:1"), std::string::npos) << out;
  EXPECT_NE(out.find(":4:1"), std::string::npos) << out;
  EXPECT_NE(err.find("not valid"), std::string::npos);
  EXPECT_EQ(run({"policy", "check", path, "--json"}), ExitCode::failed);
  EXPECT_FALSE(boost::json::parse(out).at("valid").as_bool());
}

TEST_F(PolicyCommand, CheckSaysWhenThereIsNoFile) {
  EXPECT_EQ(run({"policy", "check", api.directory().file("missing.yaml")}), ExitCode::failed);
  EXPECT_NE(err.find("no such regular file"), std::string::npos);
  EXPECT_EQ(run({"policy", "check", api.directory().path()}), ExitCode::failed);
}

TEST_F(PolicyCommand, SetPutsTheFilesPorts) {
  api.on_loop([&] { api.agent.config_.policy_authority = PolicyAuthority::api; });
  variables["SSH_CONNECTION"] = "203.0.113.7 50000 192.0.2.1 3389";
  for (const char* content :
       {"ports:\n  - {number: 3389, protocol: TCP}\n", R"({"ports": [{"number": 3389, "protocol": "TCP"}]})"}) {
    EXPECT_EQ(run({"policy", "set", write(content)}), ExitCode::done) << err;
    EXPECT_NE(out.find("3389/TCP  *     3h"), std::string::npos) << out;
    EXPECT_NE(out.find("set by the API"), std::string::npos) << out;
    EXPECT_NE(err.find("203.0.113.7"), std::string::npos) << "whoever is connected by that port is warned";
  }
}

TEST_F(PolicyCommand, SetRefusesWhatIsWrongAndWhatIsTheFiles) {
  EXPECT_EQ(run({"policy", "set", write("ports: [{number: 22, protocol: TCP}]")}), ExitCode::failed);
  EXPECT_NE(err.find("configuration file"), std::string::npos) << err;
  EXPECT_EQ(run({"policy", "set", write("ports: [{number: 0, protocol: TCP}]")}), ExitCode::failed);
  EXPECT_NE(err.find("candidate.yaml:1:18"), std::string::npos) << err;
  EXPECT_EQ(run({"policy", "set", api.directory().file("missing.yaml")}), ExitCode::failed);
}

}  // namespace
}  // namespace jitgate::cli
