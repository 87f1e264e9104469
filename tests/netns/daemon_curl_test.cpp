// docs/api.md: every example is run, in its order, and answers what the page says.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <regex>

#include "tests/fake/certificates.hpp"
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

namespace json = boost::json;

struct Example {
  std::string script;
  std::string status;
  std::vector<std::string> fields;  ///< "ports.0.number", "state: enforcing"
};

/// A block of sh, and the paragraph below it, which begins with "Answers".
std::vector<Example> examples() {
  std::ifstream page(std::string(JITGATE_DOCUMENTS) + "/api.md");
  std::vector<Example> found;
  for (std::string line; std::getline(page, line);) {
    if (line != "```sh") continue;
    Example example;
    while (std::getline(page, line) && line != "```") example.script += line + "\n";
    std::string answer;
    while (std::getline(page, line) && !line.empty()) answer += line + " ";
    std::smatch status;
    if (std::regex_search(answer, status, std::regex("^Answers ([0-9]{3})"))) example.status = status[1];
    const std::regex field("`([^`]+)`");
    for (std::sregex_iterator one(answer.begin(), answer.end(), field), end; one != end; ++one)
      example.fields.push_back((*one)[1]);
    found.push_back(std::move(example));
  }
  return found;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

/// "ports.0.number" of the answer; null where it has none.
const json::value* find_field(const json::value& answer, const std::string& name) {
  boost::system::error_code missing;
  std::string pointer = "/" + name;
  replace_all(pointer, ".", "/");
  return answer.find_pointer(pointer, missing);
}

std::string plain(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

class ApiPage : public DaemonTest {
 protected:
  ApiPage() {
    const TestCertificate certificate("server", "IP:" + network_.server.ipv4);
    certificate.write(file("server.pem"), file("server.key"));
    daemon_.settings.policy_by_api = true;
    daemon_.settings.api = ", listen: \"0.0.0.0:8443\", tls: {certificate: " + file("server.pem") +
                           ", key: " + file("server.key") + "}, tokens: " + file("tokens.yaml");
    const auto made =
        daemon_.cli({"token", "create", "ops@example.com", "--role", "administrator", "--tokens", file("tokens.yaml")});
    token_ = made.out.substr(0, made.out.find('\n'));
    daemon_.start();
    std::filesystem::create_directory(file("bin"));
    write_text(file("bin/curl"), "#!/bin/sh\nexec /usr/bin/curl -sS -m 30 -o \"$OUT\" -w '%{http_code}' \"$@\"\n");
    std::filesystem::permissions(file("bin/curl"), std::filesystem::perms::owner_all);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return daemon_.scratch().file(name); }

  /// What is said of this machine is put in the place of the page's own.
  [[nodiscard]] std::string on_this_machine(std::string script) const {
    replace_all(script, "/run/jitgate/agent.sock", daemon_.socket_path());
    replace_all(script, "/etc/jitgate/tls.pem", file("server.pem"));
    replace_all(script, "203.0.113.7", network_.client.ipv4);
    replace_all(script, "web-17", "server");
    return script;
  }
  void run(const Example& example) {
    write_text(file("answer"), "");
    const bool remote = example.script.find("https://") != std::string::npos;
    const NetworkNamespace& host = remote ? static_cast<const NetworkNamespace&>(network_.client) : network_.server;
    const auto done = host.exec({"env", "PATH=" + file("bin") + ":/usr/bin:/bin", "OUT=" + file("answer"),
                                 "HOST=" + network_.server.ipv4, "TOKEN=" + token_, "ID=" + id_, "sh", "-euc",
                                 on_this_machine(example.script)});
    const auto body = read_text(file("answer"));
    ASSERT_EQ(done.out, example.status) << example.script << body << done.err;
    if (example.fields.empty()) return;
    const auto answer = json::parse(body);
    for (const std::string& field : example.fields) {
      const auto colon = field.find(": ");
      const auto* value = find_field(answer, field.substr(0, colon));
      ASSERT_NE(value, nullptr) << field << " is missing in the answer to\n" << example.script << body;
      if (colon == std::string::npos) continue;
      EXPECT_EQ(plain(*value), field.substr(colon + 2)) << example.script;
    }
    if (const auto* id = find_field(answer, "id"); id != nullptr && example.status == "201") id_ = plain(*id);
  }

  std::string token_;
  std::string id_;
};

TEST_F(ApiPage, ATokensFileThatCannotBeUsedIsAReason) {
  EXPECT_EQ(daemon_.reasons().find("api.tokens"), std::string::npos) << daemon_.reasons();
  std::filesystem::permissions(file("tokens.yaml"), std::filesystem::perms(0644));
  EXPECT_TRUE(daemon_.reload());
  EXPECT_NE(daemon_.reasons().find("api.tokens: "), std::string::npos) << daemon_.reasons();
  std::filesystem::permissions(file("tokens.yaml"), std::filesystem::perms(0600));
  EXPECT_TRUE(daemon_.reload());
  EXPECT_EQ(daemon_.reasons().find("api.tokens"), std::string::npos) << daemon_.reasons();
}

TEST_F(ApiPage, EveryExampleAnswersWhatItSays) {
  const auto all = examples();
  ASSERT_GE(all.size(), 15U);
  for (const Example& example : all) {
    SCOPED_TRACE(example.script);
    ASSERT_FALSE(example.status.empty()) << "the page does not say what it answers";
    ASSERT_NO_FATAL_FAILURE(run(example));
  }
  EXPECT_TRUE(opens(network_.stranger, kTcp4)) << "the last one takes the policy away";
}

}  // namespace
}  // namespace jitgate::netns
