#include "agent/signature/signer_options.hpp"

#include <algorithm>

#include "agent/model/utf8.hpp"
#include "agent/signature/signer_time.hpp"

namespace jitgate::signature {
namespace {

Error wrong(std::string what) {
  return error(errc::invalid_argument, std::move(what));
}

bool takes_word(std::string_view& text, std::string_view word) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  if (!std::ranges::equal(text.substr(0, word.size()), word, {}, lower)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// `"..."`, in which `\"` is a quote and any other backslash itself.
Result<std::string> take_quoted(std::string_view& text, std::string_view option) {
  if (!text.starts_with('"')) return wrong("the value of " + std::string(option) + " must stand in double quotes");
  text.remove_prefix(1);
  std::string value;
  while (!text.empty() && text.front() != '"') {
    if (text.starts_with("\\\"")) text.remove_prefix(1);
    value += text.front();
    text.remove_prefix(1);
  }
  if (text.empty()) return wrong("the quotes of " + std::string(option) + " are not closed");
  text.remove_prefix(1);
  return value;
}

Result<void> take_time(std::string_view& text, std::string_view option, std::uint64_t& time) {
  const auto value = take_quoted(text, option);
  if (!value) return value.error();
  if (time != 0) return wrong(std::string(option) + " is given twice");
  const auto parsed = parse_signer_time(*value);
  if (!parsed) return wrong(std::string(option) + ": " + parsed.error().message);
  time = *parsed;
  return {};
}

Result<void> take_namespaces(std::string_view& text, AllowedSigner& signer) {
  auto value = take_quoted(text, "namespaces");
  if (!value) return value.error();
  if (signer.namespaces) return wrong("namespaces is given twice");
  signer.namespaces = std::move(*value);
  return {};
}

Result<void> take_option(std::string_view& text, AllowedSigner& signer) {
  if (takes_word(text, "cert-authority")) {
    signer.cert_authority = true;
    return {};
  }
  if (takes_word(text, "namespaces=")) return take_namespaces(text, signer);
  if (takes_word(text, "valid-after=")) return take_time(text, "valid-after", signer.valid_after);
  if (takes_word(text, "valid-before=")) return take_time(text, "valid-before", signer.valid_before);
  return wrong("the option " + in_quotes(text.substr(0, text.find_first_of(",="))) + " is unknown");
}

}  // namespace

Result<std::size_t> options_length(std::string_view text) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (quoted || (text[at] != ' ' && text[at] != '\t')); ++at) {
    if (text.substr(at, 2) == "\\\"") {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    }
  }
  if (quoted) return wrong("quotes are not closed");
  return std::min(at, text.size());
}

Result<void> read_signer_options(std::string_view options, AllowedSigner& signer) {
  while (true) {
    if (const auto taken = take_option(options, signer); !taken) return taken.error();
    if (options.empty()) break;
    if (options.front() != ',') return wrong("expected a comma before " + in_quotes(options));
    options.remove_prefix(1);
  }
  if (signer.valid_after != 0 && signer.valid_before != 0 && signer.valid_before <= signer.valid_after)
    return wrong("valid-before is not later than valid-after");
  return {};
}

}  // namespace jitgate::signature
