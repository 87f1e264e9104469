#include "agent/signature/armor.hpp"

#include <algorithm>

#include "agent/signature/base64.hpp"

namespace jitgate::signature {
namespace {

constexpr std::size_t kLine = 70;

std::string line(std::string_view kind, std::string_view label) {
  return "-----" + std::string(kind) + " " + std::string(label) + "-----";
}

}  // namespace

Result<std::string> remove_armor(std::string_view text, std::string_view label) {
  if (text.size() > kMaxArmor)
    return error(errc::invalid_argument, "is longer than " + std::to_string(kMaxArmor) + " bytes");
  const std::string begin = line("BEGIN", label) + "\n";
  const std::string end = "\n" + line("END", label);
  if (!text.starts_with(begin)) return error(errc::invalid_argument, "does not start with " + line("BEGIN", label));
  text.remove_prefix(begin.size());
  const std::size_t stop = text.find(end);
  if (stop == std::string_view::npos) return error(errc::invalid_argument, "does not end with " + line("END", label));
  if (text.find_first_not_of('\n', stop + end.size()) != std::string_view::npos)
    return error(errc::invalid_argument, "goes on after " + line("END", label));
  std::string base64(text.substr(0, stop));
  std::erase(base64, '\n');
  if (base64.empty()) return error(errc::invalid_argument, "holds nothing");
  return decode_base64(base64);
}

std::string add_armor(std::string_view bytes, std::string_view label) {
  const std::string base64 = encode_base64(bytes);
  std::string text = line("BEGIN", label) + "\n";
  for (std::size_t at = 0; at < base64.size(); at += kLine) text += base64.substr(at, kLine) + "\n";
  return text + line("END", label) + "\n";
}

}  // namespace jitgate::signature
