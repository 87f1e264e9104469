#include <chrono>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"
#include "agent/model/ascii_case.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxText = 1024;

TlsClientConfig read_client_tls(const Field& field) {
  MapReader map(field);
  TlsClientConfig tls;
  if (const auto ca = map.get_unless_null("ca")) tls.ca = read_path(*ca);
  const auto certificate = map.get_unless_null("certificate");
  const auto key = map.get_unless_null("key");
  if (certificate) tls.certificate = read_path(*certificate);
  if (key) tls.key = read_path(*key);
  map.done();
  if (certificate && !key) map.report_missing("key", "the path of the certificate's key");
  if (key && !certificate) map.report_missing("certificate", "the path of the key's certificate");
  return tls;
}

/// `url` is nullopt where it was wrong.
void read_tls_of(MapReader& map, const std::optional<std::string>& url, TlsClientConfig& tls) {
  const auto field = map.get_unless_null("tls");
  if (!field) return;
  tls = read_client_tls(*field);
  // Whoever wrote it believes that the connection is encrypted.
  if (url && url->starts_with("http:")) field->wrong("stands beside a URL without TLS", "an https:// URL, or no tls");
}

std::optional<std::string> read_token_file(const Field& field) {
  MapReader map(field);
  std::optional<std::string> path;
  if (const auto file = map.require("file", "a path")) path = read_path(*file);
  map.done();
  return path;
}

ManagedIdentity read_managed_identity(const Field& field) {
  MapReader map(field);
  ManagedIdentity identity;
  if (const auto endpoint = map.get("endpoint")) {
    assign(identity.endpoint,
           read_server_url(*endpoint, is_loopback_or_link_local,
                           "https://…, or http:// to a loopback or link-local (169.254.x.x) address"));
  }
  if (const auto client = map.get_unless_null("clientId")) identity.client_id = read_text(*client, "an id", kMaxText);
  map.done();
  return identity;
}

std::variant<ManagedIdentity, TokenFileCredential> read_credential(const Field& field) {
  MapReader map(field);
  std::variant<ManagedIdentity, TokenFileCredential> credential;
  const auto identity = map.get("managedIdentity");
  const auto file = map.get("tokenFile");
  if (identity) credential = read_managed_identity(*identity);
  if (file) credential = TokenFileCredential{read_path(*file).value_or(std::string())};
  map.done();
  if (identity && file) file->wrong("stands beside managedIdentity", "only one of the two");
  if (!identity && !file) map.report_missing("managedIdentity", "managedIdentity: {}, or tokenFile: PATH");
  return credential;
}

/// /subscriptions/S/resourceGroups/G/providers/Microsoft.Security/locations/L/jitNetworkAccessPolicies/P; what is
/// fixed, in any case. The rest stands in a URL later, so what has a meaning there cannot be in it.
bool is_policy_resource(std::string_view id) {
  constexpr std::string_view kFixed[] = {
      "subscriptions", "", "resourceGroups",           "", "providers", "Microsoft.Security",
      "locations",     "", "jitNetworkAccessPolicies", ""};
  for (const std::string_view fixed : kFixed) {
    if (!id.starts_with('/')) return false;
    id.remove_prefix(1);
    const std::string_view segment = id.substr(0, id.find('/'));
    id.remove_prefix(segment.size());
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (segment.find_first_of("?#%\\ ") != std::string_view::npos) return false;
    if (!fixed.empty() && !equal_ignoring_case(segment, fixed)) return false;
  }
  return id.empty();
}

std::string read_resource_id(MapReader& map) {
  constexpr const char* kExpected =
      "/subscriptions/…/resourceGroups/…/providers/Microsoft.Security/locations/…/jitNetworkAccessPolicies/…";
  const auto field = map.require("resourceId", kExpected);
  auto text = field ? read_text(*field, kExpected, kMaxText) : std::nullopt;
  if (!text) return {};
  if (!is_policy_resource(*text)) field->wrong(shown(*field) + " names no such resource", kExpected);
  return *text;
}

}  // namespace

DirectorySourceConfig read_directory_source(MapReader& map) {
  DirectorySourceConfig directory;
  if (const auto path = map.require("path", "the absolute path of a directory"))
    assign(directory.path, read_path(*path));
  if (const auto removal = map.get("onRemove"))
    assign(directory.removal_revokes, read_choice<bool>(*removal, {{"revoke", true}, {"keep", false}}));
  return directory;
}

HttpSourceConfig read_http_source(MapReader& map) {
  constexpr const char* kUrl = "https://…, or http:// to a loopback address such as 127.0.0.1";
  HttpSourceConfig http;
  const auto field = map.require("url", kUrl);
  const auto url = field ? read_server_url(*field, is_loopback, kUrl) : std::nullopt;
  assign(http.url, url);
  if (const auto mode = map.get("mode")) {
    assign(http.mode, read_choice<HttpSourceMode>(
                          *mode, {{"subscribe", HttpSourceMode::subscribe}, {"poll", HttpSourceMode::poll}}));
  }
  if (const auto interval = map.get("interval")) assign(http.interval, read_duration(*interval, 1s, 1h));
  read_tls_of(map, url, http.tls);
  if (const auto token = map.get_unless_null("token")) http.token_file = read_token_file(*token);
  return http;
}

AzureSourceConfig read_azure_source(MapReader& map) {
  constexpr const char* kUrl = "https://management.azure.com or another cloud's, or http:// to a loopback address";
  AzureSourceConfig azure;
  azure.resource_id = read_resource_id(map);
  const auto endpoint = map.get("endpoint");
  const auto url = endpoint ? read_server_url(*endpoint, is_loopback, kUrl) : azure.endpoint;
  assign(azure.endpoint, url);
  if (const auto credential = map.get("credential")) azure.credential = read_credential(*credential);
  if (const auto interval = map.get("interval")) assign(azure.interval, read_duration(*interval, 10s, 1h));
  read_tls_of(map, url, azure.tls);
  return azure;
}

}  // namespace jitgate
