#include "agent/audit/audit_chain.hpp"

#include <charconv>

#include <cstdint>
#include <string>
#include <string_view>

namespace jitgate {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kDomain = "jitgate audit 1\0"sv;
constexpr std::string_view kDomainOfMore = "jitgate audit 2\0"sv;

void put_integer(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>((value >> shift) & 0xff));
}

void put_text(std::string& out, std::string_view text) {
  put_integer(out, text.size());
  out.append(text);
}

}  // namespace

Digest audit_link(const Digest& previous, const AuditEvent& event) {
  const bool more = !event.ports.empty() || event.generation != 0;
  std::string encoding(more ? kDomainOfMore : kDomain);
  encoding.append(reinterpret_cast<const char*>(previous.bytes.data()), previous.bytes.size());
  put_integer(encoding, event.sequence);
  put_integer(encoding, static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
  for (const std::string* field : {&event.operation, &event.outcome, &event.caller, &event.peer, &event.grant_id,
                                   &event.resource, &event.justification, &event.reason}) {
    put_text(encoding, *field);
  }
  if (more) {
    put_text(encoding, event.ports);
    put_integer(encoding, event.generation);
  }
  return sha256(encoding);
}

std::string to_string(const AuditHead& head) {
  return std::to_string(head.sequence) + ":" + to_hex(head.hash);
}

Result<AuditHead> parse_audit_head(std::string_view text) {
  const Error wrong = error(errc::invalid_argument, "expected SEQUENCE:HASH, as the journal has it", "head");
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return wrong;
  AuditHead head;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + colon, head.sequence);
  if (failed != std::errc{} || end != text.data() + colon || head.sequence == 0) return wrong;
  const Result<Digest> hash = parse_digest(text.substr(colon + 1));
  if (!hash) return wrong;
  head.hash = *hash;
  return head;
}

}  // namespace jitgate
