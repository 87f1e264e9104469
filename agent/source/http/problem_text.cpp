#include "agent/source/http/problem_text.hpp"

#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxMessage = 500;

}  // namespace

std::string problem_text(std::string message) {
  const bool long_one = message.size() > kMaxMessage;
  if (long_one) message.resize(kMaxMessage);
  for (auto at = find_malformed_utf8(message); at != std::string::npos; at = find_malformed_utf8(message))
    message[at] = '?';
  for (auto at = find_control_character(message); at != std::string::npos; at = find_control_character(message)) {
    // Those of C1 are two bytes.
    const bool ascii = static_cast<unsigned char>(message[at]) < 0x80;
    message.replace(at, ascii ? 1 : 2, "?");
  }
  if (long_one) message += "...";
  return message;
}

}  // namespace jitgate
