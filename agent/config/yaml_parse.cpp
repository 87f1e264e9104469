#include "agent/config/yaml_parse.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

constexpr const char* kNoAliases =
    "anchors and aliases are not allowed; a text that begins with * or & needs quotes: \"*\"";

constexpr const char* kNoTags = "tags are not allowed";

Position position_of(const YAML::Mark& mark) {
  // A null mark has -1 everywhere.
  return {static_cast<std::size_t>(std::max(mark.line, 0)) + 1, static_cast<std::size_t>(std::max(mark.column, 0)) + 1};
}

/// Leaves the parser from inside a callback; never leaves this file.
struct Refused {
  YamlFailure failure;
};

/// Whether the quoted scalar at the front of `text` has its closing quote.
bool is_closed(std::string_view text) {
  const char quote = text[0];
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;  // an escape sequence
    } else if (text[i] == quote) {
      if (quote == '"' || !text.substr(i + 1).starts_with(quote)) return true;
      ++i;  // '' stands for one quote
    }
  }
  return false;
}

/// Builds the tree from the parser's events. The events say what the library's own tree forgets: duplicate keys, and
/// aliases.
class TreeBuilder final : public YAML::EventHandler {
 public:
  /// `text` is what the parser reads.
  explicit TreeBuilder(std::string_view text) : text_(text) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override { root_.at = position_of(mark); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(open_node(YamlNode::Kind::null, mark, {}, anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, kNoAliases); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = open_node(YamlNode::Kind::scalar, mark, tag, anchor);
    node.text = value;
    node.quoted = tag == "!";
    if (node.quoted) check_quoted(mark);
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    push(open_node(YamlNode::Kind::sequence, mark, tag, anchor), mark);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    push(open_node(YamlNode::Kind::mapping, mark, tag, anchor), mark);
  }
  void OnSequenceEnd() override { pop(); }
  void OnMapEnd() override { pop(); }

 private:
  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string what) {
    throw Refused{{position_of(mark), std::move(what)}};
  }

  YamlNode open_node(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (++nodes_ > kMaxYamlNodes) refuse(mark, "more than " + std::to_string(kMaxYamlNodes) + " keys and values");
    if (anchor != YAML::NullAnchor) refuse(mark, kNoAliases);
    // "?" and "!" are what the parser gives to plain and to quoted nodes without a tag.
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, kNoTags);
    YamlNode node;
    node.kind = kind;
    node.at = position_of(mark);
    return node;
  }

  /// The parser takes the end of the text for the closing quote, and "! x" for a quoted text.
  void check_quoted(const YAML::Mark& mark) const {
    const std::string_view rest = text_.substr(std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size()));
    if (rest.starts_with('!')) refuse(mark, kNoTags);
    if ((rest.starts_with('"') || rest.starts_with('\'')) && !is_closed(rest)) refuse(mark, "the quote is not closed");
  }

  bool expects_key() const {
    const YamlNode& top = open_.back();
    return top.kind == YamlNode::Kind::mapping && top.keys.size() == top.items.size();
  }

  void push(YamlNode node, const YAML::Mark& mark) {
    if (open_.size() == kMaxYamlDepth) refuse(mark, "nested too deeply");
    if (!open_.empty() && expects_key()) refuse(mark, "a key must be text");
    open_.push_back(std::move(node));
  }
  void pop() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    add(std::move(node));
  }
  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (!expects_key()) {
      open_.back().items.push_back(std::move(node));
    } else if (node.kind == YamlNode::Kind::scalar) {
      open_.back().keys.push_back(std::move(node));
    } else {
      throw Refused{{node.at, "a key must be text"}};
    }
  }

  std::string_view text_;
  std::size_t nodes_ = 0;
  YamlNode root_;
  std::vector<YamlNode> open_;
};

Position position_at(std::string_view text, std::size_t index) {
  const std::string_view before = text.substr(0, index);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1, index - line_start + 1};
}

/// What must not be in the text at all, before the parser sees it: it would replace malformed bytes silently.
std::optional<YamlFailure> find_foreign_bytes(std::string_view text) {
  if (const std::size_t at = find_malformed_utf8(text); at != std::string_view::npos) {
    return YamlFailure{position_at(text, at), "the text is not UTF-8"};
  }
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t found = find_control_character(text.substr(from));
    if (found == std::string_view::npos) break;
    const std::size_t at = from + found;
    if (std::string_view("\n\r\t").find(text[at]) == std::string_view::npos) {
      return YamlFailure{position_at(text, at), "a control character is not allowed"};
    }
    from = at + 1;
  }
  return std::nullopt;
}

/// The column of the tab that indents this line, if one does: the parser blames what comes behind it.
std::optional<std::size_t> find_tab_indent(std::string_view text, std::size_t line) {
  for (; line > 1 && !text.empty(); --line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  const std::size_t indent = text.find_first_not_of(" ");
  if (indent == std::string_view::npos || text[indent] != '\t') return std::nullopt;
  return indent + 1;
}

/// What the parser complains of. It quotes an unknown escape sequence by one byte, which may be the first of several:
/// the place says which it is, and the byte is left out.
std::string complaint(std::string_view message) {
  const std::size_t bad = std::min(find_malformed_utf8(message), find_control_character(message));
  if (bad == std::string_view::npos) return std::string(message);
  message = message.substr(0, bad);
  return std::string(message.substr(0, message.find_last_not_of(": ") + 1));
}

YamlFailure explain(const YAML::ParserException& failure, std::string_view text) {
  const Position at = position_of(failure.mark);
  if (const auto tab = find_tab_indent(text, at.line)) {
    return {{at.line, *tab}, "not valid YAML: a tab cannot indent; use spaces"};
  }
  const bool alias = failure.msg.find("alias") != std::string::npos || failure.msg.find("anchor") != std::string::npos;
  return {at, alias ? kNoAliases : "not valid YAML: " + complaint(failure.msg)};
}

std::variant<YamlNode, YamlFailure> build(std::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  TreeBuilder first(text);
  if (!parser.HandleNextDocument(first)) return YamlNode{};
  YamlNode root = first.take();
  TreeBuilder second(text);
  if (parser.HandleNextDocument(second)) {
    return YamlFailure{second.take().at, "a second document is not allowed"};
  }
  return root;
}

}  // namespace

std::variant<YamlNode, YamlFailure> parse_yaml(std::string_view text) {
  // The parser skips a byte order mark and does not count it.
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (auto foreign = find_foreign_bytes(text)) return *foreign;
  try {
    return build(text);
  } catch (const Refused& refused) {
    return refused.failure;
  } catch (const YAML::ParserException& failure) {
    return explain(failure, text);
  } catch (const std::exception& failure) {
    return YamlFailure{{}, std::string("the YAML cannot be read: ") + failure.what()};
  }
}

}  // namespace jitgate
