// docs/openapi.yaml is held to the router's table and to what the API really answers.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "agent/api/router.hpp"
#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

namespace json = boost::json;

const std::set<std::string> kVerbs{"get", "put", "post", "delete"};

std::string lower(std::string_view text) {
  std::string result;
  for (const char c : text) result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

/// Every parameter of a path is "{id}", as the router has them.
std::string pattern_of(const std::string& path) {
  std::string pattern;
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] != '{') {
      pattern += path[at];
      continue;
    }
    at = path.find('}', at);
    pattern += "{id}";
  }
  return pattern;
}

class OpenApi : public testing::Test {
 protected:
  /// What `node` is, or refers to. Throws where the reference leads nowhere.
  YAML::Node resolve(const YAML::Node& node) const {
    if (!node["$ref"]) return node;
    const auto reference = node["$ref"].as<std::string>();
    YAML::Node found = document_;
    for (std::size_t at = 2; at < reference.size();) {
      const auto end = std::min(reference.find('/', at), reference.size());
      YAML::Node next = found[reference.substr(at, end - at)];
      if (!next) throw std::runtime_error("leads nowhere: " + reference);
      found.reset(next);
      at = end + 1;
    }
    return resolve(found);
  }
  [[nodiscard]] YAML::Node operation(const std::string& verb, const std::string& pattern) const {
    for (const auto& path : document_["paths"]) {
      if (pattern_of(path.first.as<std::string>()) == pattern) return path.second[verb];
    }
    return YAML::Node(YAML::NodeType::Undefined);
  }

  /// Every field that the schema requires is there, and every field that is there is in the schema.
  void expect_fits(const json::value& value, const YAML::Node& given, const std::string& at) const {
    const YAML::Node schema = resolve(given);
    if (schema["allOf"]) return expect_fits_all(value, schema["allOf"], at);
    if (value.is_array()) {
      EXPECT_EQ(schema["type"].as<std::string>(), "array") << at;
      for (const json::value& element : value.as_array()) expect_fits(element, schema["items"], at + "[]");
      return;
    }
    if (!value.is_object()) return;
    for (const auto& name : schema["required"]) {
      EXPECT_TRUE(value.as_object().contains(name.as<std::string>())) << at << " lacks " << name.as<std::string>();
    }
    for (const auto& [name, member] : value.as_object()) {
      const YAML::Node property = schema["properties"][std::string(name)];
      const bool open = !schema["properties"] || at.ends_with(".ports[]");
      EXPECT_TRUE(property || open) << at << " has " << name << ", which the description has not";
      if (property) expect_fits(member, property, at + "." + std::string(name));
    }
  }
  void expect_fits_all(const json::value& value, const YAML::Node& parts, const std::string& at) const {
    YAML::Node all;
    for (const auto& part : parts) {
      const YAML::Node schema = resolve(part);
      for (const auto& name : schema["required"]) all["required"].push_back(name);
      for (const auto& property : schema["properties"]) all["properties"][property.first] = property.second;
    }
    expect_fits(value, all, at);
  }
  void expect_described(const RawResponse& response, const std::string& verb, const std::string& pattern) const {
    const std::string call = verb + " " + pattern + " " + std::to_string(response.status);
    const YAML::Node described = operation(verb, pattern);
    ASSERT_TRUE(described) << call;
    const YAML::Node exact = described["responses"][std::to_string(response.status)];
    const YAML::Node answer = exact ? exact : described["responses"]["default"];
    ASSERT_TRUE(answer) << call << ": " << response.body;
    const YAML::Node content = resolve(answer)["content"];
    if (!content) {
      EXPECT_EQ(response.body, "") << call;
    } else if (response.content_type.starts_with("application/json")) {
      expect_fits(response.json(), content["application/json"]["schema"], call);
    } else {
      EXPECT_TRUE(content[response.content_type.substr(0, response.content_type.find(';'))]) << call;
    }
  }

  const YAML::Node document_ = YAML::LoadFile(std::string(JITGATE_DOCUMENTS) + "/openapi.yaml");
};

TEST_F(OpenApi, HasEveryRouteAndNoOther) {
  std::set<std::string> described;
  std::set<std::string> names;
  for (const auto& path : document_["paths"]) {
    for (const auto& entry : path.second) {
      const auto verb = entry.first.as<std::string>();
      if (!kVerbs.contains(verb)) continue;
      described.insert(verb + " " + pattern_of(path.first.as<std::string>()));
      EXPECT_TRUE(names.insert(entry.second["operationId"].as<std::string>()).second) << "an operationId twice";
    }
  }
  std::set<std::string> routed;
  for (const Route& route : routes()) {
    routed.insert(lower(std::string_view(http::to_string(route.verb).data(), http::to_string(route.verb).size())) +
                  " " + std::string(route.pattern));
  }
  EXPECT_EQ(described, routed);
}

TEST_F(OpenApi, NamesTheParametersOfEachPath) {
  for (const auto& path : document_["paths"]) {
    std::set<std::string> named;
    for (const auto& parameter : path.second["parameters"]) {
      const YAML::Node one = resolve(parameter);
      if (one["in"].as<std::string>() == "path") named.insert("{" + one["name"].as<std::string>() + "}");
    }
    const auto text = path.first.as<std::string>();
    std::set<std::string> written;
    for (auto at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
      written.insert(text.substr(at, text.find('}', at) - at + 1));
    }
    EXPECT_EQ(named, written) << text;
  }
}

void check_references(const YAML::Node& node, const std::function<void(const YAML::Node&)>& visit) {
  if (node.IsMap() && node["$ref"]) visit(node);
  if (!node.IsMap() && !node.IsSequence()) return;
  for (const auto& element : node) check_references(node.IsMap() ? element.second : YAML::Node(element), visit);
}

TEST_F(OpenApi, RefersToWhatIsThere) {
  std::size_t references = 0;
  check_references(document_, [&](const YAML::Node& node) {
    ++references;
    EXPECT_NO_THROW((void)resolve(node)) << node["$ref"].as<std::string>();
  });
  EXPECT_GT(references, 100U);
}

struct Exchange {
  const char* verb;
  std::string pattern;
  std::string target;
  std::string body = {};
};

const std::string kAzure =
    "/subscriptions/{id}/resourceGroups/{id}/providers/Microsoft.Security/locations/{id}"
    "/jitNetworkAccessPolicies";
const std::string kMachine =
    R"("id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-17")";
const std::string kPort = R"({"number": 22, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"})";

std::string azure_target(const std::string& pattern) {
  std::string target = pattern;
  if (target.ends_with("/initiate")) target.replace(target.size() - 13, 4, "default");
  if (target.ends_with("Policies/{id}")) target.replace(target.size() - 4, 4, "default");
  for (auto at = target.find("{id}"); at != std::string::npos; at = target.find("{id}")) target.replace(at, 4, "x");
  return target + "?api-version=2020-01-01";
}

Exchange azure(const char* verb, const std::string& pattern, std::string body = {}) {
  return {verb, pattern, azure_target(pattern), std::move(body)};
}

/// In this order: what one makes the next one uses.
std::vector<Exchange> exchanges() {
  const std::string request = R"({"ports": [)" + kPort + "]}";
  return {{"get", "/healthz", "/healthz"},
          {"get", "/metrics", "/metrics"},
          {"put", "/v1/policy", "/v1/policy", "{}"},
          {"put", "/v1/policy", "/v1/policy", R"({"ports": []})"},
          {"get", "/v1/policy", "/v1/policy"},
          {"post", "/v1/policy/check", "/v1/policy/check", R"({"yaml": "version: 2"})"},
          {"get", "/v1/status", "/v1/status"},
          {"get", "/v1/doctor", "/v1/doctor"},
          {"get", "/v1/explain", "/v1/explain?source=203.0.113.7&port=22"},
          {"get", "/v1/explain", "/v1/explain"},
          {"post", "/v1/requests", "/v1/requests", request},
          {"post", "/v1/requests", "/v1/requests", "{}"},
          {"get", "/v1/requests", "/v1/requests"},
          {"get", "/v1/grants", "/v1/grants?all=true"},
          {"post", "/v1/grants/{id}/extend", "/v1/grants/grant-1/extend", R"({"duration": "PT1H"})"},
          {"post", "/v1/grants/{id}/revoke", "/v1/grants/grant-1/revoke", R"({"terminate": true})"},
          {"post", "/v1/requests/{id}/approve", "/v1/requests/none/approve", "{}"},
          {"post", "/v1/requests/{id}/deny", "/v1/requests/none/deny", "{}"},
          {"post", "/v1/unlock", "/v1/unlock", R"({"duration": "PT15M", "justification": "fire"})"},
          {"post", "/v1/enable", "/v1/enable", R"({"confirmWithin": "PT1M"})"},
          {"post", "/v1/disable", "/v1/disable", "{}"},
          {"post", "/v1/exposures/acknowledge", "/v1/exposures/acknowledge", R"({"number": 22})"},
          {"get", "/v1/audit", "/v1/audit"},
          {"get", "/v1/audit", "/v1/audit?format=csv"},
          {"get", "/v1/audit", "/v1/audit?format=jsonl"},
          {"get", "/v1/audit", "/v1/audit?format=table"},
          {"post", "/v1/audit/verify", "/v1/audit/verify", "{}"},
          azure("put", kAzure + "/{id}", R"({"properties": {"virtualMachines": [{)" + kMachine + "}]}}"),
          azure("post", kAzure + "/{id}/initiate",
                R"({"virtualMachines": [{)" + kMachine + R"(, "ports": [)" + kPort + "]}]}"),
          azure("post", kAzure + "/{id}/initiate", "{}"),
          azure("get", kAzure + "/{id}"),
          azure("get", kAzure),
          azure("get", "/subscriptions/{id}/providers/Microsoft.Security/jitNetworkAccessPolicies"),
          azure("get", "/subscriptions/{id}/providers/Microsoft.Security/locations/{id}/jitNetworkAccessPolicies"),
          azure("get", "/subscriptions/{id}/resourceGroups/{id}/providers/Microsoft.Security/jitNetworkAccessPolicies"),
          azure("delete", kAzure + "/{id}"),
          azure("delete", kAzure + "/{id}"),
          azure("get", kAzure + "/{id}"),
          {"delete", "/v1/policy", "/v1/policy"}};
}

TEST_F(OpenApi, DescribesWhatEveryCallAnswers) {
  RunningApi api;
  api.agent.config_.policy_authority = PolicyAuthority::api;
  api.agent.exposures = {{Transport::tcp, "ip filter INPUT", 3, {AddressPrefix::parse("203.0.113.9").value()}}};
  api.agent.events.emplace_back();
  api.agent.doctor_report.findings.push_back({"port.unlocked", doctor::Severity::unhealthy, "open", "lock it"});
  api.start();
  std::set<std::string> called;
  for (const Exchange& exchange : exchanges()) {
    std::string bytes;
    for (const char* c = exchange.verb; *c != 0; ++c) bytes += static_cast<char>(*c - 'a' + 'A');
    bytes += " " + exchange.target + " HTTP/1.1\r\nHost: x\r\n";
    if (!exchange.body.empty()) {
      bytes += "Content-Type: application/json\r\nContent-Length: " + std::to_string(exchange.body.size()) + "\r\n";
    }
    expect_described(call(api.socket(), bytes + "\r\n" + exchange.body), exchange.verb, exchange.pattern);
    called.insert(exchange.verb + exchange.pattern);
  }
  EXPECT_EQ(called.size(), routes().size()) << "a route is not called here";
}

TEST_F(OpenApi, DescribesWhatWaitsForApproval) {
  RunningApi api;
  api.agent.holds_requests = true;
  api.start();
  expect_described(call(api.socket(), post("/v1/requests", R"({"ports": [)" + kPort + "]}")), "post", "/v1/requests");
  const RawResponse waiting = call(api.socket(), get("/v1/requests"));
  ASSERT_EQ(waiting.json().as_array().size(), 1u);
  for (const auto& name : document_["components"]["schemas"]["PendingRequest"]["required"]) {
    EXPECT_TRUE(waiting.json().at(0).as_object().contains(name.as<std::string>())) << name.as<std::string>();
  }
}

}  // namespace
}  // namespace jitgate
