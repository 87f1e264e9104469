#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/config_text.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kHead = "version: 1\nenforcement: {existingRules: " + kRules + "}\nhost: {id: web-17}\n";
const std::string kTrust = "trust: {signers: {approver@example.com: {ports: [22], may: [approve, revoke]}}}\n";
const std::string kBase = kHead + kTrust + "policy: {ports: []}\n";
const std::string kResource =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/p";

SourceConfig source(const std::string& keys) {
  const auto config = parse_here(kBase + "sources: [{name: hub, " + keys + "}]\n");
  EXPECT_TRUE(config) << keys << ": " << describe(config.error());
  return config && config->sources.size() == 1 ? config->sources[0] : SourceConfig{};
}

HttpSourceConfig http_at(const std::string& url) {
  HttpSourceConfig http;
  http.url = url;
  return http;
}

AzureSourceConfig azure_of(const std::string& resource) {
  AzureSourceConfig azure;
  azure.resource_id = resource;
  return azure;
}

TEST(ConfigSources, TheLocalOneIsThereWhetherListedOrNot) {
  EXPECT_THAT(parse_here(kBase)->sources, IsEmpty());
  EXPECT_THAT(parse_here(kBase + "sources: [{name: local, type: local}]\n")->sources, IsEmpty());
}

TEST(ConfigSources, ADirectoryRevokesWhatIsRemovedUnlessItIsKept) {
  const SourceConfig least = source("type: directory, path: /g");
  EXPECT_EQ(least, (SourceConfig{"hub", DirectorySourceConfig{host_path("/g"), true}, true, std::nullopt}));
  EXPECT_STREQ(type_of(least), "directory");
  EXPECT_EQ(source("type: directory, path: /g, onRemove: keep, unsigned: true, onSilence: {closeAfter: PT10M}"),
            (SourceConfig{"hub", DirectorySourceConfig{host_path("/g"), false}, false, Duration(10min)}));
}

TEST(ConfigSources, AnHttpServerIsSubscribedToUnlessPolled) {
  const SourceConfig least = source("type: http, url: 'https://hub.example/v1'");
  EXPECT_EQ(least, (SourceConfig{"hub", http_at("https://hub.example/v1"), true, std::nullopt}));
  EXPECT_STREQ(type_of(least), "http");
  const SourceConfig whole = source(
      "type: http, url: 'https://hub.example:8443/v1?host=a', mode: poll, interval: PT1S, onSilence: keep, "
      "unsigned: false, tls: {ca: /ca, certificate: /c, key: /k}, token: {file: /t}");
  const HttpSourceConfig expected{"https://hub.example:8443/v1?host=a",
                                  HttpSourceMode::poll,
                                  1s,
                                  {host_path("/ca"), host_path("/c"), host_path("/k")},
                                  host_path("/t")};
  EXPECT_EQ(whole, (SourceConfig{"hub", expected, true, std::nullopt}));
}

TEST(ConfigSources, AnAzurePolicyNeedsNoSignature) {
  const SourceConfig least = source("type: azure, resourceId: " + kResource);
  EXPECT_EQ(least, (SourceConfig{"hub", azure_of(kResource), false, std::nullopt}));
  EXPECT_STREQ(type_of(least), "azure");
  const SourceConfig whole = source("type: azure, resourceId: " + kResource +
                                    ", endpoint: 'https://management.example', interval: PT10S, tls: {ca: /ca}, "
                                    "credential: {managedIdentity: {endpoint: 'http://169.254.169.253', clientId: c}}");
  const AzureSourceConfig expected{kResource,
                                   "https://management.example",
                                   ManagedIdentity{"http://169.254.169.253", "c"},
                                   {host_path("/ca"), {}, {}},
                                   10s};
  EXPECT_EQ(whole, (SourceConfig{"hub", expected, false, std::nullopt}));
  const auto credential = [](const std::string& text) {
    return std::get<AzureSourceConfig>(
               source("type: azure, resourceId: " + kResource + ", credential: " + text).settings)
        .credential;
  };
  EXPECT_EQ(credential("{tokenFile: /t}"),
            (std::variant<ManagedIdentity, TokenFileCredential>(TokenFileCredential{host_path("/t")})));
  EXPECT_EQ(credential("{managedIdentity: }"), (std::variant<ManagedIdentity, TokenFileCredential>(ManagedIdentity{})));
}

TEST(ConfigSources, WithoutTlsOnlyThisHostIsAsked) {
  for (const char* fine : {"http://127.0.0.1:8080/v1", "http://127.9.9.9/", "http://[::1]:8080/v1", "https://h/",
                           "https://192.0.2.1:1/x?y=z"}) {
    EXPECT_EQ(std::get<HttpSourceConfig>(source("type: http, url: '" + std::string(fine) + "'").settings).url, fine);
  }
}

struct SourceCase {
  std::string keys;
  std::string message;  ///< behind "j.yaml:LINE:COLUMN: "
};

class WrongSource : public ::testing::TestWithParam<SourceCase> {};

TEST_P(WrongSource, IsReportedAtItsKey) {
  const auto found = messages(kBase + "sources: [{" + GetParam().keys + "}]\n");
  ASSERT_THAT(found, SizeIs(1)) << ::testing::PrintToString(found);
  EXPECT_THAT(found[0], StartsWith("j.yaml:6:"));
  EXPECT_THAT(found[0], HasSubstr(": sources[0]" + GetParam().message));
  if (GetParam().message.find("unknown key") == std::string::npos) {
    EXPECT_THAT(found[0], HasSubstr("; expected "));
  }
}

const std::string kDirectory = "name: d, type: directory, path: /g, ";
const std::string kHub = "name: h, type: http, url: 'https://hub.example/v1', ";
const std::string kAzure = "name: a, type: azure, resourceId: " + kResource + ", ";

SourceCase url(const std::string& text, const std::string& message) {
  return {"name: h, type: http, url: '" + text + "'", ".url: " + message};
}

INSTANTIATE_TEST_SUITE_P(
    Common, WrongSource,
    ::testing::Values(
        SourceCase{"type: directory, path: /g", ".name: is missing"}, SourceCase{"name: d", ".type: is missing"},
        SourceCase{"name: '', type: local", ".name: the text has 0 bytes"},
        SourceCase{"name: " + std::string(65, 'a') + ", type: directory, path: /g", ".name: the text has 65"},
        SourceCase{"name: a b, type: directory, path: /g", ".name: \"a b\" cannot name a source"},
        SourceCase{"name: ../x, type: directory, path: /g", ".name: \"../x\" cannot name a source"},
        SourceCase{"name: unlock, type: directory, path: /g", ".name: \"unlock\" is what"},
        SourceCase{"name: local, type: directory, path: /g", ".name: \"local\" is the local API"},
        SourceCase{"name: mine, type: local", ".name: \"mine\" cannot name the local API; expected local"},
        SourceCase{"name: x, type: ftp, path: /g",
                   ".type: \"ftp\" is not a type of source; expected local | directory | http | azure"},
        SourceCase{"name: x, type: [http]", ".type: a list is not a type"},
        SourceCase{kDirectory + "unsigned: yes", ".unsigned: \"yes\" is not a boolean"},
        SourceCase{kDirectory + "onSilence: close", ".onSilence: \"close\" is not known"},
        SourceCase{kDirectory + "onSilence: {}", ".onSilence.closeAfter: is missing"},
        SourceCase{kDirectory + "onSilence: {closeAfter: PT59S}", ".onSilence.closeAfter: "},
        SourceCase{kDirectory + "onSilence: {closeAfter: P2D}", ".onSilence.closeAfter: "},
        SourceCase{kHub + "unsigned: true, mode: poll, interval: PT2M, "
                          "onSilence: {closeAfter: PT3M}",
                   ": onSilence.closeAfter is shorter than two intervals"},
        SourceCase{kDirectory + "url: x", ".url: unknown key; expected one of name, type, path"}));

INSTANTIATE_TEST_SUITE_P(Directory, WrongSource,
                         ::testing::Values(SourceCase{"name: d, type: directory", ".path: is missing"},
                                           SourceCase{"name: d, type: directory, path: g",
                                                      ".path: \"g\" is not absolute"},
                                           SourceCase{kDirectory + "onRemove: delete",
                                                      ".onRemove: \"delete\" is not known; expected revoke | keep"}));

INSTANTIATE_TEST_SUITE_P(
    Http, WrongSource,
    ::testing::Values(
        SourceCase{"name: h, type: http", ".url: is missing"}, url("hub.example/v1", "\"hub.example/v1\" is not a URL"),
        url("ftp://hub.example/", "\"ftp://hub.example/\" has another scheme than https"),
        url("https:/hub.example/", "\"https:/hub.example/\" names no server"),
        url("https:///v1", "\"https:///v1\" names no server"),
        url("https://a:b@hub.example/", "\"https://a:b@hub.example/\" has a user in it"),
        url("https://hub.example/#x", "\"https://hub.example/#x\" has a fragment"),
        url("https://hub.example:0/", "\"https://hub.example:0/\" has no port"),
        url("https://hub.example:65536/", "\"https://hub.example:65536/\" has no port"),
        url("https://hub.example/a b", "\"https://hub.example/a b\" is not a URL"),
        url("http://hub.example/", "\"http://hub.example/\" would be asked without TLS"),
        url("http://localhost/", "\"http://localhost/\" would be asked without TLS"),
        url("http://169.254.169.254/", "\"http://169.254.169.254/\" would be asked without TLS"),
        url("http://[::ffff:127.0.0.1]/", "\"http://[::ffff:127.0.0.1]/\" would be asked without TLS"),
        SourceCase{kHub + "mode: push", ".mode: \"push\" is not known; expected subscribe | poll"},
        SourceCase{kHub + "interval: PT0S", ".interval: "}, SourceCase{kHub + "interval: PT2H", ".interval: "},
        SourceCase{kHub + "tls: {certificate: /c}", ".tls.key: is missing"},
        SourceCase{kHub + "tls: {key: /k}", ".tls.certificate: is missing"},
        SourceCase{kHub + "tls: {ca: ca.pem}", ".tls.ca: \"ca.pem\" is not absolute"},
        SourceCase{kHub + "tls: {clientCa: /x}", ".tls.clientCa: unknown key"},
        SourceCase{"name: h, type: http, url: 'http://127.0.0.1/', tls: {ca: /ca}", ".tls: stands beside a URL"},
        SourceCase{kHub + "token: t", ".token: \"t\" is not a mapping"},
        SourceCase{kHub + "token: {}", ".token.file: is missing"},
        SourceCase{kHub + "path: /g", ".path: unknown key"}));

INSTANTIATE_TEST_SUITE_P(
    Azure, WrongSource,
    ::testing::Values(
        SourceCase{"name: a, type: azure", ".resourceId: is missing"},
        SourceCase{"name: a, type: azure, resourceId: /subscriptions/s", ".resourceId: \"/subscriptions/s\" names no"},
        SourceCase{"name: a, type: azure, resourceId: " + kResource + "/x", ".resourceId: "},
        SourceCase{"name: a, type: azure, resourceId: '" + kResource + "?x'", ".resourceId: "},
        SourceCase{"name: a, type: azure, resourceId: " + kResource.substr(0, kResource.size() - 1) + "..",
                   ".resourceId: "},
        SourceCase{"name: a, type: azure, resourceId: " + kResource.substr(1), ".resourceId: "},
        SourceCase{kAzure + "endpoint: 'http://management.example'", ".endpoint: "},
        SourceCase{kAzure + "interval: PT9S", ".interval: "},
        SourceCase{kAzure + "unsigned: true", ".unsigned: unknown key"},
        SourceCase{kAzure + "credential: {}", ".credential.managedIdentity: is missing"},
        SourceCase{kAzure + "credential: {managedIdentity: {}, tokenFile: /t}", ".credential.tokenFile: stands beside"},
        SourceCase{kAzure + "credential: {tokenFile: t}", ".credential.tokenFile: \"t\" is not absolute"},
        SourceCase{kAzure + "credential: {managedIdentity: {endpoint: 'http://192.0.2.1'}}",
                   ".credential.managedIdentity.endpoint: \"http://192.0.2.1\" would be asked without TLS"},
        SourceCase{kAzure + "credential: {managedIdentity: {clientId: ''}}",
                   ".credential.managedIdentity.clientId: "}));

TEST(ConfigSources, OneNameIsOneSource) {
  EXPECT_THAT(
      messages(kBase +
               "sources:\n  - {name: d, type: directory, path: /a}\n  - {name: d, type: directory, path: /b}\n"),
      ElementsAre(StartsWith("j.yaml:8:5: sources[1]: \"d\" is the name of sources[0] too")));
}

TEST(ConfigSources, SignaturesThatNobodyCouldMakeAreNotAskedFor) {
  const std::string base = kHead + "policy: {ports: []}\nsources: [{name: d, type: directory, path: /g";
  EXPECT_THAT(messages(base + "}]\n"),
              ElementsAre(StartsWith("j.yaml:5:11: sources[0]: what d delivers must be signed, "
                                     "and trust.signers lists nobody; expected trust: ")));
  EXPECT_THAT(messages(base + "}]\ntrust: {signers: {}}\n"), SizeIs(1));
  EXPECT_THAT(messages(base + ", unsigned: true}]\n"), IsEmpty());
}

TEST(ConfigSources, AnAzurePolicyNeedsTheNameOfTheHost) {
  EXPECT_THAT(messages(kMinimal + "sources: [{name: a, type: azure, resourceId: " + kResource + "}]\n"),
              ElementsAre(AllOf(StartsWith("j.yaml:4:11: sources[0]: "), HasSubstr("host.id does not say it"))));
}

TEST(ConfigTrust, IsReadWhole) {
  const auto config =
      parse_here(kMinimal +
                 "trust: {allowedSigners: /a, revokedKeys: /r, signers: {a@b: {ports: [22, 443], may: [approve]}, "
                 "c@d: {may: [revoke]}, e@f: {ports: [1], may: [revoke, approve]}}}\n");
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ(config->trust.allowed_signers, host_path("/a"));
  EXPECT_EQ(config->trust.revoked_keys, host_path("/r"));
  const auto port = [](std::int64_t number) { return PortNumber::from(number).value(); };
  const decltype(signature::Trust::signers) expected{
      {"a@b", {{port(22), port(443)}, true, false}}, {"c@d", {{}, false, true}}, {"e@f", {{port(1)}, true, true}}};
  EXPECT_EQ(config->trust.signers.signers, expected);
  EXPECT_EQ(parse_here(kMinimal + "trust: {revokedKeys: null, signers: null}\n")->trust, TrustConfig{});
}

struct TrustCase {
  std::string keys;
  std::string message;
};

class WrongTrust : public ::testing::TestWithParam<TrustCase> {};

TEST_P(WrongTrust, IsReportedAtItsKey) {
  const auto found = messages(kMinimal + "trust: {" + GetParam().keys + "}\n");
  ASSERT_THAT(found, SizeIs(1)) << ::testing::PrintToString(found);
  EXPECT_THAT(found[0], StartsWith("j.yaml:4:"));
  EXPECT_THAT(found[0], HasSubstr(": trust." + GetParam().message));
}

TrustCase signer(const std::string& keys, const std::string& message) {
  return {"signers: {a@b: {" + keys + "}}", "signers.a@b" + message};
}

INSTANTIATE_TEST_SUITE_P(
    Keys, WrongTrust,
    ::testing::Values(
        TrustCase{"allowedSigners: x", "allowedSigners: \"x\" is not absolute"},
        TrustCase{"allowedSigners: null", "allowedSigners: an empty value is not text"},
        TrustCase{"revokedKeys: x", "revokedKeys: \"x\" is not absolute"},
        TrustCase{"principals: {}", "principals: unknown key; expected one of allowedSigners, revokedKeys, signers"},
        TrustCase{"signers: [a@b]", "signers: a list is not a mapping"},
        TrustCase{"signers: {'*@b': {ports: [22], may: [approve]}}", "signers.*@b: the name of the signer"},
        TrustCase{"signers: {'': {ports: [22], may: [approve]}}", "signers.: the name of the signer"},
        TrustCase{"signers: {'a,b': {ports: [22], may: [approve]}}", "signers.a,b: the name of the signer"},
        TrustCase{"signers: {a: {may: [revoke]}, a: {may: [revoke]}}", "signers.a: the key is given twice"},
        signer("ports: [22]", ".may: is missing"), signer("ports: [22], may: []", ".may: the list has 0 elements"),
        signer("ports: [22], may: approve", ".may: \"approve\" is not a list"),
        signer("ports: [22], may: [sign]", ".may[0]: \"sign\" is not known; expected approve | revoke"),
        signer("ports: [22], may: [approve, approve]", ".may[1]: \"approve\" is given twice"),
        signer("may: [approve]", ".ports: is missing"), signer("ports: [], may: [approve]", ".ports: the list has 0"),
        signer("ports: [0], may: [approve]", ".ports[0]: 0 is out of range"),
        signer("ports: [22, 22], may: [approve]", ".ports[1]: 22 is given twice"),
        signer("ports: ['22'], may: [approve]", ".ports[0]: \"22\" is not a whole number"),
        signer("ports: [22], may: [revoke]", ".ports: limits nothing"),
        signer("ports: [22], may: [approve], until: x", ".until: unknown key")));

const std::string kHubSource =
    "sources: [{name: hub, type: http, url: 'https://h/'}, {name: d, type: directory, path: /g}]\n";

TEST(SourceAuthority, NamesASourceAndItsBounds) {
  const auto config = parse_here(kHead + kTrust + kHubSource +
                                 "policy: {authority: {source: hub, within: {lockable: [22, 443/TCP, 53/udp, "
                                 "'3389/*'], minimum: [22/TCP]}}}\n");
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ(config->policy_authority, PolicyAuthority::source);
  const auto port = [](std::int64_t number, Protocol protocol) {
    return LockedPort{PortNumber::from(number).value(), protocol};
  };
  const std::vector lockable{port(22, Protocol::any), port(443, Protocol::tcp), port(53, Protocol::udp),
                             port(3389, Protocol::any)};
  EXPECT_EQ(config->source_authority, (SourceAuthority{"hub", lockable, {port(22, Protocol::tcp)}}));
  EXPECT_THAT(config->policy.ports, IsEmpty());
}

struct AuthorityCase {
  std::string policy;   ///< keys of `policy`
  std::string message;  ///< behind "policy."
};

class WrongAuthority : public ::testing::TestWithParam<AuthorityCase> {};

TEST_P(WrongAuthority, IsReportedAtItsKey) {
  const auto found = messages(kHead + kTrust + kHubSource + "policy: {" + GetParam().policy + "}\n");
  ASSERT_THAT(found, SizeIs(1)) << ::testing::PrintToString(found);
  EXPECT_THAT(found[0], StartsWith("j.yaml:6:"));
  EXPECT_THAT(found[0], HasSubstr(": policy." + GetParam().message));
}

AuthorityCase within(const std::string& keys, const std::string& message) {
  return {"authority: {source: hub, within: {" + keys + "}}", "authority.within" + message};
}

INSTANTIATE_TEST_SUITE_P(
    Keys, WrongAuthority,
    ::testing::Values(
        AuthorityCase{"authority: source, ports: []", "authority: the source is not named; expected {source: NAME"},
        AuthorityCase{"authority: hub, ports: []", "authority: \"hub\" is not known"},
        AuthorityCase{"authority: {source: hub}", "authority.within: is missing"},
        AuthorityCase{"authority: {within: {lockable: [22]}}", "authority.source: is missing"},
        AuthorityCase{
            "authority: {source: moon, within: {lockable: [22]}}",
            "authority.source: \"moon\" is not such a name in `sources`; expected the name of an http or azure"},
        AuthorityCase{"authority: {source: local, within: {lockable: [22]}}", "authority.source: \"local\" is not"},
        AuthorityCase{"authority: {source: d, within: {lockable: [22]}}", "authority.source: \"d\" is a directory"},
        AuthorityCase{"authority: {source: hub, within: {lockable: [22]}, x: 1}", "authority.x: unknown key"},
        AuthorityCase{"authority: {source: hub, within: {lockable: [22]}}, ports: []",
                      "ports: stands beside authority: {source: "},
        within("", ".lockable: is missing"), within("lockable: []", ".lockable: the list has 0 elements"),
        within("lockable: 22", ".lockable: 22 is not a list"),
        within("lockable: [0]", ".lockable[0]: 0 is not a port; expected 22 (every protocol)"),
        within("lockable: [22/ICMP]", ".lockable[0]: \"22/ICMP\" is not a port"),
        within("lockable: ['22/']", ".lockable[0]: \"22/\" is not a port"),
        within("lockable: ['/TCP']", ".lockable[0]: \"/TCP\" is not a port"),
        within("lockable: [[22]]", ".lockable[0]: a list is not a port"),
        within("lockable: [22/TCP, 22]", ".lockable[1]: 22/* overlaps policy.authority.within.lockable[0] (22/TCP)"),
        within("lockable: [22], minimum: [23]", ".minimum[0]: 23/* stays locked, and the source may not lock it"),
        within("lockable: [22/TCP], minimum: [22]", ".minimum[0]: 22/* stays locked"),
        within("lockable: [22/TCP, 22/UDP], minimum: [22]", ".minimum[0]: 22/* stays locked"),
        within("lockable: [22], minimum: [22/TCP, 22/TCP]", ".minimum[1]: 22/TCP overlaps")));

}  // namespace
}  // namespace jitgate
