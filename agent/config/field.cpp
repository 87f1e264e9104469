#include "agent/config/field.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "agent/model/ascii_case.hpp"
#include "agent/model/duration.hpp"
#include "agent/model/utf8.hpp"
#include "platform/host_defaults.hpp"

namespace jitgate {
namespace {

bool is_scalar(const Field& field) {
  return field.node().kind == YamlNode::Kind::scalar;
}

/// Words that some YAML reader takes for a boolean (YAML 1.1 "yes", "on", ...).
bool is_ambiguous_word(std::string_view text) {
  constexpr std::array<std::string_view, 8> kWords{"true", "false", "yes", "no", "on", "off", "y", "n"};
  return std::ranges::find(kWords, ascii_lower(text)) != kWords.end();
}

bool is_plain_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  return digits && (text.size() == 1 || text[0] != '0');
}

}  // namespace

void Field::wrong(const std::string& what, const std::string& expected) const {
  problems_->add(node_->at, path_, what + "; expected " + expected);
}

void Field::not_supported(const std::string& instead) const {
  problems_->add(node_->at, path_, "not supported yet" + (instead.empty() ? "" : "; " + instead), errc::not_supported);
}

bool is_plain_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

std::optional<std::string_view> scalar_text(const Field& field) {
  if (!is_scalar(field)) return std::nullopt;
  return field.node().text;
}

std::string shown(const Field& field) {
  switch (field.node().kind) {
    case YamlNode::Kind::null:
      return "an empty value";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
    case YamlNode::Kind::scalar:
      break;
  }
  const bool number = !field.node().quoted && is_plain_integer(field.node().text) && field.node().text.size() <= 20;
  return number ? field.node().text : in_quotes(field.node().text);
}

std::optional<bool> read_boolean(const Field& field) {
  if (is_scalar(field) && !field.node().quoted) {
    if (field.node().text == "true") return true;
    if (field.node().text == "false") return false;
  }
  field.wrong(shown(field) + " is not a boolean", "true or false, without quotes");
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(const Field& field, std::int64_t min, std::int64_t max) {
  const std::string expected = "a number from " + std::to_string(min) + " to " + std::to_string(max);
  const std::string& text = field.node().text;
  if (!is_scalar(field) || field.node().quoted || !is_plain_integer(text)) {
    field.wrong(shown(field) + " is not a whole number in plain digits", expected);
    return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || value < min || value > max) {
    field.wrong(shown(field) + " is out of range", expected);
    return std::nullopt;
  }
  return value;
}

std::optional<std::string> read_text(const Field& field, const std::string& expected, std::size_t max) {
  const std::string& text = field.node().text;
  if (!is_scalar(field)) {
    field.wrong(shown(field) + " is not text", expected);
  } else if (!field.node().quoted && is_ambiguous_word(text)) {
    field.wrong(shown(field) + " may be read as a boolean", expected + ", in quotes");
  } else if (text.empty() || text.size() > max) {
    field.wrong("the text has " + std::to_string(text.size()) + " bytes",
                expected + " of 1 to " + std::to_string(max) + " bytes");
  } else if (has_control_characters(text)) {
    field.wrong(shown(field) + " holds control characters", expected);
  } else {
    return text;
  }
  return std::nullopt;
}

std::optional<Duration> read_duration(const Field& field, Duration min, Duration max) {
  const std::string expected =
      "an ISO 8601 duration from " + to_iso_duration(min) + " to " + to_iso_duration(max) + ", such as PT3H";
  const auto text = scalar_text(field);
  const auto duration = parse_iso_duration(text.value_or(std::string_view{}));
  if (!text || !duration) {
    field.wrong(shown(field) + " is not such a duration", expected);
    return std::nullopt;
  }
  if (*duration < min || *duration > max) {
    field.wrong(shown(field) + " is out of range", expected);
    return std::nullopt;
  }
  return *duration;
}

std::optional<std::string> read_path(const Field& field, std::size_t max) {
  auto path = read_text(field, "an absolute path", max);
  if (path && !std::filesystem::path(*path).is_absolute()) {
    field.wrong(shown(field) + " is not absolute", host_defaults().absolute_path);
    return std::nullopt;
  }
  return path;
}

std::optional<std::vector<Field>> read_list(const Field& field, const std::string& expected, std::size_t min,
                                            std::size_t max) {
  if (field.node().kind != YamlNode::Kind::sequence) {
    field.wrong(shown(field) + " is not a list", expected);
    return std::nullopt;
  }
  const std::size_t count = field.node().items.size();
  if (count < min || count > max) {
    field.wrong("the list has " + std::to_string(count) + " elements",
                expected + " with " + std::to_string(min) + " to " + std::to_string(max) + " elements");
    return std::nullopt;
  }
  std::vector<Field> elements;
  for (const YamlNode& item : field.node().items) {
    elements.emplace_back(item, field.path() + "[" + std::to_string(elements.size()) + "]", field.problems());
  }
  return elements;
}

}  // namespace jitgate
