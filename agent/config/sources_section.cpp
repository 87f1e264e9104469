#include <algorithm>
#include <chrono>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxSources = 100;
constexpr std::size_t kMaxName = 64;
constexpr std::string_view kLocal = "local";
/// What the grants of `jitgate unlock` come from.
constexpr std::string_view kUnlock = "unlock";

std::optional<std::string> read_name(MapReader& map) {
  constexpr const char* kExpected = "a name of A-Z, a-z, 0-9, '.', '_' and '-'";
  const auto field = map.require("name", kExpected);
  auto name = field ? read_text(*field, kExpected, kMaxName) : std::nullopt;
  if (!name) return std::nullopt;
  if (is_plain_name(*name) && *name != kUnlock) return name;
  field->wrong(shown(*field) + (*name == kUnlock ? " is what `jitgate unlock` grants by" : " cannot name a source"),
               kExpected);
  return std::nullopt;
}

/// {closeAfter: PT10M}, or keep: nullopt.
std::optional<Duration> read_on_silence(const Field& field) {
  std::optional<Duration> close_after;
  if (field.node().kind != YamlNode::Kind::mapping) {
    if (scalar_text(field) != "keep") field.wrong(shown(field) + " is not known", "keep | {closeAfter: PT10M}");
    return close_after;
  }
  MapReader map(field);
  if (const auto after = map.require("closeAfter", "an ISO 8601 duration"))
    close_after = read_duration(*after, 1min, 24h);
  map.done();
  return close_after;
}

/// How long a source that is well may say nothing: between two polls, or three missing heartbeats at worst.
Duration longest_pause(const SourceConfig& source) {
  if (const auto* http = std::get_if<HttpSourceConfig>(&source.settings))
    return http->mode == HttpSourceMode::poll ? http->interval : Duration{};
  if (const auto* azure = std::get_if<AzureSourceConfig>(&source.settings)) return azure->interval;
  return {};
}

/// Otherwise every pause between two polls would close what it granted.
void check_silence(const Field& field, const SourceConfig& source) {
  if (!source.close_after || *source.close_after >= 2 * longest_pause(source)) return;
  field.wrong("onSilence.closeAfter is shorter than two intervals between polls",
              "twice the interval of " + source.name + " or more");
}

/// Nobody whose signature counts: nothing that the source has could ever be taken from it.
void check_signers(const Field& field, const SourceConfig& source, const TrustConfig& trust) {
  if (!source.needs_signature || !trust.signers.signers.empty()) return;
  field.wrong("what " + source.name + " delivers must be signed, and trust.signers lists nobody",
              "trust: {signers: {PRINCIPAL: {ports: [22], may: [approve, revoke]}}}, or unsigned: true here");
}

void check_host(const Field& field, const SourceConfig& source, const Config& config) {
  if (!std::holds_alternative<AzureSourceConfig>(source.settings) || config.host_id) return;
  field.wrong("the policy of " + source.name + " knows this host by its name, and host.id does not say it",
              "host: {id: NAME-OF-THE-VIRTUAL-MACHINE}");
}

void read_common(MapReader& map, SourceConfig& source) {
  if (std::holds_alternative<AzureSourceConfig>(source.settings)) {
    source.needs_signature = false;
  } else if (const auto is_unsigned = map.get("unsigned")) {
    source.needs_signature = !read_boolean(*is_unsigned).value_or(false);
  }
  if (const auto silence = map.get("onSilence")) source.close_after = read_on_silence(*silence);
}

using Settings = decltype(SourceConfig::settings);

std::optional<Settings> read_settings(MapReader& map, std::string_view type) {
  if (type == "directory") return read_directory_source(map);
  if (type == "http") return read_http_source(map);
  if (type == "azure") return read_azure_source(map);
  return std::nullopt;
}

/// The name, where it could be read.
std::optional<std::string> read_source(const Field& field, Config& config) {
  constexpr const char* kTypes = "local | directory | http | azure";
  MapReader map(field);
  const auto name = read_name(map);
  const auto type_field = map.require("type", kTypes);
  const std::string_view type = type_field ? scalar_text(*type_field).value_or("") : "";
  const auto settings = read_settings(map, type);
  if (settings) {
    SourceConfig source{.name = name.value_or(std::string()), .settings = *settings};
    read_common(map, source);
    if (name == kLocal) map.get("name")->wrong("\"local\" is the local API", "another name");
    check_signers(field, source, config.trust);
    check_silence(field, source);
    check_host(field, source, config);
    config.sources.push_back(std::move(source));
  } else if (type == kLocal) {
    if (name && name != kLocal) map.get("name")->wrong(in_quotes(*name) + " cannot name the local API", "local");
  } else if (type_field) {
    type_field->wrong(shown(*type_field) + " is not a type of source", kTypes);
    return name;  // which other keys belong here depends on the type
  }
  map.done();
  return name;
}

}  // namespace

void read_sources(const Field& field, Config& config) {
  const auto elements = read_list(field, "a list of sources", 1, kMaxSources);
  if (!elements) return;
  std::vector<std::pair<std::string, std::string>> seen;  // names, and where they stand
  for (const Field& element : *elements) {
    const auto name = read_source(element, config);
    if (!name) continue;
    const auto before = std::ranges::find(seen, *name, &std::pair<std::string, std::string>::first);
    if (before != seen.end())
      element.wrong(in_quotes(*name) + " is the name of " + before->second + " too", "a name of its own");
    seen.emplace_back(*name, element.path());
  }
}

}  // namespace jitgate
