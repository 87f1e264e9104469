#include <algorithm>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxSigners = 1000;
constexpr std::size_t kMaxPrincipal = 256;
constexpr std::size_t kMaxPorts = 1000;

std::vector<PortNumber> read_signer_ports(const Field& field) {
  std::vector<PortNumber> ports;
  const auto elements = read_list(field, "a list of port numbers", 1, kMaxPorts);
  if (!elements) return ports;
  for (const Field& element : *elements) {
    const auto read = read_integer(element, 1, 65535);
    if (!read) continue;
    const PortNumber number = PortNumber::from(*read).value();
    if (std::ranges::find(ports, number) != ports.end()) element.wrong(shown(element) + " is given twice", "it once");
    ports.push_back(number);
  }
  return ports;
}

void read_may(const Field& field, signature::SignerRights& rights) {
  const auto elements = read_list(field, "a list of approve and revoke", 1, 2);
  if (!elements) return;
  for (const Field& element : *elements) {
    const auto approve = read_choice<bool>(element, {{"approve", true}, {"revoke", false}});
    if (!approve) continue;
    bool& right = *approve ? rights.approve : rights.revoke;
    if (right) element.wrong(shown(element) + " is given twice", "it once");
    right = true;
  }
}

signature::SignerRights read_signer(const Field& field) {
  MapReader map(field);
  signature::SignerRights rights;
  const auto ports = map.get("ports");
  const auto may = map.require("may", "[approve], [revoke] or both");
  if (may) read_may(*may, rights);
  if (ports) rights.ports = read_signer_ports(*ports);
  map.done();
  if (rights.approve && !ports) map.report_missing("ports", "the ports that may be approved, such as [22]");
  // Whoever wrote them believes that they limit what may be revoked.
  if (rights.revoke && !rights.approve && ports)
    ports->wrong("limits nothing: a signer who may revoke may end any grant", "no ports, or approve in `may`");
  return rights;
}

/// One name: allowed_signers separates its principals by commas and its fields by blanks, and knows patterns.
bool is_principal(std::string_view text) {
  return !text.empty() && text.size() <= kMaxPrincipal && !has_control_characters(text) &&
         text.find_first_of(", *?!\"") == std::string_view::npos;
}

void read_signers(const Field& field, TrustConfig& trust) {
  MapReader map(field);
  const auto signers = map.all();
  if (signers.size() > kMaxSigners) {
    field.wrong("there are " + std::to_string(signers.size()) + " signers", "at most " + std::to_string(kMaxSigners));
    return;
  }
  for (const auto& [principal, rights] : signers) {
    if (!is_principal(principal))
      rights.wrong("the name of the signer is not a principal's", "one principal of 1 to 256 bytes, without patterns");
    trust.signers.signers.emplace(principal, read_signer(rights));
  }
}

}  // namespace

void read_trust(const Field& field, Config& config) {
  MapReader map(field);
  TrustConfig& trust = config.trust;
  if (const auto allowed = map.get("allowedSigners")) assign(trust.allowed_signers, read_path(*allowed));
  if (const auto revoked = map.get_unless_null("revokedKeys")) trust.revoked_keys = read_path(*revoked);
  if (const auto signers = map.get_unless_null("signers")) read_signers(*signers, trust);
  map.done();
}

}  // namespace jitgate
