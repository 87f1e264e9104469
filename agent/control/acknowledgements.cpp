#include "agent/control/acknowledgements.hpp"

namespace jitgate {

std::string Acknowledgements::line(const Exposure& exposure) {
  return std::string(to_string(exposure.port.transport)) + " " + std::to_string(exposure.port.number.value()) + " " +
         exposure.by;
}

Acknowledgements Acknowledgements::parse(std::string_view text) {
  Acknowledgements parsed;
  while (!text.empty()) {
    const auto end = text.find('\n');
    parsed.lines_.emplace(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parsed;
}

std::string Acknowledgements::text() const {
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  return text;
}

}  // namespace jitgate
