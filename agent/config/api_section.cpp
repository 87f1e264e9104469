#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

/// sun_path has 108 bytes with the terminating zero (unix(7)).
constexpr std::size_t kMaxSocketPath = 107;

std::optional<TlsFiles> read_tls(const Field& field) {
  MapReader map(field);
  TlsFiles files;
  const auto certificate = map.require("certificate", "a path");
  const auto key = map.require("key", "a path");
  if (certificate) assign(files.certificate, read_path(*certificate));
  if (key) assign(files.key, read_path(*key));
  if (const auto ca = map.get("clientCa"); ca && !ca->is_null()) files.client_ca = read_path(*ca);
  map.done();
  if (files.certificate.empty() || files.key.empty()) return std::nullopt;
  return files;
}

}  // namespace

void read_api(const Field& field, Config& config) {
  MapReader map(field);
  if (const auto socket = map.get("socket")) assign(config.socket, read_path(*socket, kMaxSocketPath));
  HttpsConfig https;
  const auto listen = map.get("listen");
  const auto tls = map.get("tls");
  if (const auto tokens = map.get("tokens"); tokens && !tokens->is_null()) assign(https.tokens, read_path(*tokens));
  const auto files = tls && !tls->is_null() ? read_tls(*tls) : std::nullopt;
  map.done();
  if (!listen || listen->is_null()) return;
  const auto address = read_listen_address(*listen, "\"127.0.0.1:8443\" or \"[::1]:8443\"");
  if (!tls || tls->is_null()) map.report_missing("tls", "{certificate: …, key: …}: api.listen serves TLS only");
  if (!address || !files) return;
  https.listen = *address;
  https.tls = *files;
  config.https = std::move(https);
}

}  // namespace jitgate
