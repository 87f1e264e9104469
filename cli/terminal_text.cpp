#include "cli/terminal_text.hpp"

#include <algorithm>

#include "agent/model/utf8.hpp"

namespace jitgate::cli {
namespace {

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += digits[byte >> 4];
  out += digits[byte & 0xf];
}

/// Code points stand for columns: right for everything but wide and combining characters.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string join(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    line.append(widths[i] - width(cells[i]) + 2, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view one = text.substr(at, sequence_length(static_cast<unsigned char>(text[at])));
    if (is_utf8(one) && !has_control_characters(one)) {
      out += one;
      at += one.size();
    } else {
      append_escaped(out, text[at++]);
    }
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    const bool carriage_return = end != std::string_view::npos && line.ends_with('\r');
    if (carriage_return) line.remove_suffix(1);
    out += printable(line);
    if (end == std::string_view::npos) break;
    out += carriage_return ? "\r\n" : "\n";
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string table(const std::vector<std::string>& heading, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> lines{heading};
  for (const std::vector<std::string>& row : rows) {
    std::vector<std::string>& cells = lines.emplace_back(heading.size());
    std::ranges::transform(row, cells.begin(), printable);
  }
  std::vector<std::size_t> widths(heading.size(), 0);
  for (const std::vector<std::string>& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  std::string text;
  for (const std::vector<std::string>& line : lines) text += join(line, widths);
  return text;
}

}  // namespace jitgate::cli
