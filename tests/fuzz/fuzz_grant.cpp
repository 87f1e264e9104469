#include <boost/json/serialize.hpp>

#include "agent/model/grant_document.hpp"
#include "agent/model/revocation_document.hpp"
#include "agent/model/strict_json.hpp"
#include "agent/model/utf8.hpp"
#include "tests/fuzz/check.hpp"

using jitgate::fuzz::check;

namespace {

void check_json(std::string_view text) {
  const auto value = jitgate::parse_strict_json(text);
  if (!value) {
    check(!jitgate::has_control_characters(value.error().target), "a path can be shown on a terminal");
    return;
  }
  const auto again = jitgate::parse_strict_json(boost::json::serialize(*value));
  check(again && *again == *value, "a value survives its text");
}

void check_grant(std::string_view text) {
  auto grant = jitgate::parse_grant_document(text);
  if (!grant) return;
  check(grant->digest == jitgate::sha256(text), "the digest is of the bytes");
  check(!grant->ports.empty() && grant->ports.size() <= jitgate::kMaxGrantPorts, "the ports are counted");
  for (const auto& port : grant->ports) check(grant->start < port.end, "no window is reversed or empty");
  const std::string written = jitgate::write_grant_document(*grant);
  if (written.size() > jitgate::kMaxGrantDocument) return;
  auto again = jitgate::parse_grant_document(written);
  check(again.has_value(), "a written grant can be read");
  again->digest = grant->digest;
  check(*again == *grant, "a grant survives its document");
}

void check_document(std::string_view text) {
  const auto document = jitgate::parse_document(text);
  const auto grant = jitgate::parse_grant_document(text);
  const auto revocation = jitgate::parse_revocation_document(text);
  check(!grant || !revocation, "no document is of two kinds");
  check(document.has_value() == (grant || revocation), "every document is of a kind");
  if (revocation) check(revocation->digest == jitgate::sha256(text), "the digest is of the bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = jitgate::fuzz::text_of(data, size);
  check_json(text);
  check_grant(text);
  check_document(text);
  return 0;
}
