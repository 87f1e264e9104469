#include "agent/config/config.hpp"

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"
#include "agent/config/yaml_parse.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxFile = 1024 * 1024;

void read_version(MapReader& map) {
  const auto field = map.require("version", "version: 1");
  if (field) (void)read_integer(*field, 1, 1);
}

bool read_audit_mode(MapReader& map) {
  const auto field = map.get("mode");
  return field && read_choice<bool>(*field, {{"enforce", false}, {"audit", true}}).value_or(false);
}

void read_document(const Field& document, Config& config) {
  MapReader map(document);
  read_version(map);
  read_host(map.section("host"), config);
  read_trust(map.section("trust"), config);
  if (const auto sources = map.get("sources")) read_sources(*sources, config);
  read_policy(map.section("policy"), config);
  const bool audit_mode = read_audit_mode(map);
  read_enforcement(map.section("enforcement"), audit_mode, config);
  read_limits(map.section("limits"), config);
  read_clock(map.section("clock"), config);
  read_access(map.section("access"), config);
  read_api(map.section("api"), config);
  read_state(map.section("state"), config);
  read_audit(map.section("audit"), config);
  read_metrics(map.section("metrics"), config);
  read_log(map.section("log"), config);
  map.done();
}

}  // namespace

BackendKind native_backend() {
  return host_defaults().firewall == "wfp" ? BackendKind::wfp : BackendKind::nftables;
}

Result<Config> parse_config(std::string_view yaml, std::string_view name) {
  Problems problems{std::string(name)};
  Config config;
  if (yaml.size() > kMaxFile) {
    problems.add({}, {}, "the file is larger than 1 MiB");
    return problems.take();
  }
  const auto parsed = parse_yaml(yaml);
  if (const auto* failure = std::get_if<YamlFailure>(&parsed)) {
    problems.add(failure->at, {}, failure->what);
    return problems.take();
  }
  const auto& root = std::get<YamlNode>(parsed);
  const Field document(root, {}, problems);
  if (root.kind == YamlNode::Kind::mapping) {
    read_document(document, config);
  } else {
    document.wrong(
        root.kind == YamlNode::Kind::null ? "the file is empty" : shown(document) + " is not a configuration",
        "a mapping that begins with version: 1");
  }
  if (!problems.empty()) return problems.take();
  return config;
}

}  // namespace jitgate
