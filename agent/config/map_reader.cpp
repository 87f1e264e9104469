#include "agent/config/map_reader.hpp"

#include <algorithm>
#include <map>

#include "agent/model/utf8.hpp"

namespace jitgate {

MapReader::MapReader(Field field)
    : field_(std::move(field)), is_mapping_(field_.node().kind == YamlNode::Kind::mapping) {
  missing_.at = field_.node().at;
  if (!is_mapping_ && !field_.is_null()) field_.wrong(shown(field_) + " is not a mapping", "key: value pairs");
  report_duplicates();
}

std::string MapReader::path_of(std::string_view key) const {
  std::string path = field_.path();
  if (!path.empty()) path += '.';
  return path.append(key.size() > 64 || has_control_characters(key) ? in_quotes(key) : std::string(key));
}

void MapReader::report_duplicates() const {
  std::map<std::string_view, Position> seen;
  for (const YamlNode& key : field_.node().keys) {
    const auto [first, fresh] = seen.try_emplace(key.text, key.at);
    if (fresh) continue;
    field_.problems().add(
        key.at, path_of(key.text),
        "the key is given twice; expected it once (it is in line " + std::to_string(first->second.line) + " already)");
  }
}

std::optional<Field> MapReader::get(std::string_view key) {
  known_.emplace_back(key);
  const auto& keys = field_.node().keys;
  const auto found = std::ranges::find(keys, key, &YamlNode::text);
  if (found == keys.end()) return std::nullopt;
  return Field(field_.node().items[static_cast<std::size_t>(found - keys.begin())], path_of(key), field_.problems());
}

std::optional<Field> MapReader::get_unless_null(std::string_view key) {
  auto value = get(key);
  return value && value->is_null() ? std::nullopt : value;
}

std::optional<Field> MapReader::require(std::string_view key, const std::string& expected) {
  auto value = get(key);
  if (!value) report_missing(key, expected);
  return value;
}

void MapReader::report_missing(std::string_view key, const std::string& expected) const {
  // What is no mapping was reported as such: that its keys are missing says nothing new.
  if (is_mapping_ || field_.is_null()) Field(missing_, path_of(key), field_.problems()).wrong("is missing", expected);
}

Field MapReader::section(std::string_view key) {
  const auto value = get(key);
  return value ? *value : Field(missing_, path_of(key), field_.problems());
}

std::vector<std::pair<std::string, Field>> MapReader::all() {
  std::vector<std::pair<std::string, Field>> pairs;
  for (const YamlNode& key : field_.node().keys) {
    if (std::ranges::find(known_, key.text) == known_.end()) pairs.emplace_back(key.text, *get(key.text));
  }
  return pairs;
}

void MapReader::done() {
  std::string expected;
  for (const std::string& key : known_) expected += (expected.empty() ? "" : ", ") + key;
  for (const YamlNode& key : field_.node().keys) {
    if (std::ranges::find(known_, key.text) != known_.end()) continue;
    field_.problems().add(key.at, path_of(key.text), "unknown key; expected one of " + expected);
  }
}

}  // namespace jitgate
