#include "agent/api/token_file.hpp"

#include <openssl/crypto.h>

#include "agent/config/map_reader.hpp"
#include "agent/config/yaml_parse.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxEntries = 1000;
constexpr std::size_t kMaxName = 256;

std::optional<Digest> read_sha256(const Field& field) {
  const auto text = scalar_text(field);
  const auto digest = text ? parse_digest(*text) : Result<Digest>(error(errc::invalid_argument, ""));
  if (digest) return *digest;
  field.wrong(shown(field) + " is not a digest", "64 hexadecimal digits in quotes");
  return std::nullopt;
}

void read_entry(const Field& field, std::vector<TokenEntry>& entries) {
  MapReader map(field);
  const auto name_field = map.require("name", "a name");
  const auto name = name_field ? read_text(*name_field, "a name", kMaxName) : std::nullopt;
  const auto role_field = map.require("role", "reader | requester | approver | administrator");
  const auto role = role_field ? read_choice<Role>(*role_field, {{"reader", Role::reader},
                                                                 {"requester", Role::requester},
                                                                 {"approver", Role::approver},
                                                                 {"administrator", Role::administrator}})
                               : std::nullopt;
  const auto sha256 = map.get("sha256");
  const auto certificate = map.get("certificate");
  map.done();
  const auto by_certificate = certificate ? read_boolean(*certificate) : std::optional(false);
  if (!by_certificate) return;
  if (sha256.has_value() == *by_certificate)
    return field.wrong("the entry must say what its holder shows", "one of sha256: \"…\" and certificate: true");
  const auto digest = sha256 ? read_sha256(*sha256) : std::nullopt;
  if (name && role && digest.has_value() == sha256.has_value()) entries.push_back({*name, *role, digest});
}

}  // namespace

RoleSet roles_of(Role role) {
  RoleSet roles;
  roles.add(role);
  if (role == Role::administrator) {
    roles.add(Role::reader);
    roles.add(Role::requester);
    roles.add(Role::approver);
  }
  return roles;
}

Result<std::vector<TokenEntry>> parse_tokens(std::string_view yaml, std::string_view name) {
  Problems problems{std::string(name)};
  std::vector<TokenEntry> entries;
  const auto parsed = parse_yaml(yaml);
  if (const auto* failure = std::get_if<YamlFailure>(&parsed)) {
    problems.add(failure->at, {}, failure->what);
    return problems.take();
  }
  const Field document(std::get<YamlNode>(parsed), {}, problems);
  if (document.is_null()) return entries;
  const auto elements = read_list(document, "a list of {name, role, sha256}", 0, kMaxEntries);
  if (elements) {
    for (const Field& element : *elements) read_entry(element, entries);
  }
  if (!problems.empty()) return problems.take();
  return entries;
}

Result<void> TokenFile::check() {
  const Result<FileStamp> stamp = stamp_file(path_);
  if (!stamp) {
    stamp_.reset();
    return stamp.error();
  }
  if (stamp_ != *stamp) {
    const Result<std::string> bytes = read_secret_file(path_, kMaxTokensFile);
    entries_ = bytes ? parse_tokens(*bytes, path_) : Result<std::vector<TokenEntry>>(bytes.error());
    stamp_ = bytes ? std::optional(*stamp) : std::nullopt;
  }
  if (!entries_) return entries_.error();
  return {};
}

Result<TokenHolder> TokenFile::find_token(std::string_view token) {
  if (const Result<void> fresh = check(); !fresh) return fresh.error();
  const Digest given = sha256(token);
  TokenHolder holder;
  for (const TokenEntry& entry : *entries_) {
    if (!entry.sha256) continue;
    if (CRYPTO_memcmp(entry.sha256->bytes.data(), given.bytes.data(), given.bytes.size()) != 0) continue;
    holder = {entry.name, roles_of(entry.role)};
  }
  if (holder.name.empty()) return error(errc::not_permitted, "the token is not known");
  return holder;
}

Result<TokenHolder> TokenFile::find_certificate(std::string_view common_name) {
  if (const Result<void> fresh = check(); !fresh) return fresh.error();
  for (const TokenEntry& entry : *entries_) {
    if (!entry.sha256 && entry.name == common_name) return TokenHolder{entry.name, roles_of(entry.role)};
  }
  return error(errc::not_permitted, "the certificate's name has no role: " + std::string(common_name));
}

}  // namespace jitgate
