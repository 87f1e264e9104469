#include <gtest/gtest.h>

#include "platform/host_defaults.hpp"
#include "tests/unit/config/config_text.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

Config parsed(const std::string& yaml) {
  const auto config = parse_here(yaml);
  EXPECT_TRUE(config) << describe(config.error());
  return config ? *config : Config{};
}

TEST(Config, MinimalOneHasTheDefaultsOfTheContract) {
  EXPECT_EQ(parsed(kMinimal), Config{});
  const Config config = parsed(kMinimal);
  EXPECT_EQ(config.policy.limits, (PrefixLimits{24, 56}));
  EXPECT_EQ(config.limits, (Limits{100, 10'000}));
  EXPECT_EQ(config.clock_wait, Duration(5min));
  EXPECT_EQ(config.deny, DenyAction::drop);
}

TEST(Config, EmptySectionsReadAsTheirDefaults) {
  EXPECT_EQ(parsed(kMinimal + "host:\nlimits:\nclock: ~\naccess:\napi:\nstate:\naudit:\nmetrics:\nlog:\n"), Config{});
}

TEST(Config, EverySupportedKeyIsRead) {
  const Config config = parsed(R"(version: 1
host: {id: web-17}
mode: enforce
policy:
  authority: file
  ports:
    - number: 22
      protocol: TCP
      allowedSourceAddressPrefixes: [203.0.113.0/24, "2001:db8::/32"]
      maxRequestAccessDuration: PT1H
      requireApproval: true
      requireJustification: true
      onExpiry: terminate
    - {number: 53, protocol: "*", allowedSourceAddressPrefix: "*", onExpiry: {keepAtMost: PT8H}}
    - {number: 22, protocol: udp, allowedSourceAddressPrefix: 10.0.0.0/8, onExpiry: keep}
  alwaysAllow: [192.0.2.10/32]
enforcement: {backend: none, existingRules: override, denyAction: reject, ownTable: on, forwarded: true,
  mark: {mask: 0x00ff0000}}
limits: {minimumPrefixLength: {ipv4: 32, ipv6: 128}, grantsPerRequestor: 1, grantsPerSource: 2,
  requestsPerMinute: 3, requestBurst: 4}
clock: {wait: PT1M}
sources: [{name: local, type: local}]
trust: null
access: {reader: {users: [a]}, requester: {users: [b], groups: [c]}, approver: {users: [d]},
  administrator: {groups: [wheel]}}
api: {socket: /tmp/s, listen: null}
state: {directory: /srv/jitgate}
metrics: {listen: null, textfile: null}
log: {level: debug, format: json}
)");
  EXPECT_EQ(config.host_id, "web-17");
  EXPECT_EQ(config.https, std::nullopt);
  ASSERT_EQ(config.policy.ports.size(), 3U);
  const PolicyPort& ssh = config.policy.ports[0];
  EXPECT_EQ(ssh.number.value(), 22);
  EXPECT_EQ(ssh.protocol, Protocol::tcp);
  EXPECT_EQ(ssh.allowed_sources, (std::vector{AddressPrefix::parse("203.0.113.0/24").value(),
                                              AddressPrefix::parse("2001:db8::/32").value()}));
  EXPECT_EQ(ssh.max_duration, Duration(1h));
  EXPECT_TRUE(ssh.require_approval);
  EXPECT_TRUE(ssh.require_justification);
  EXPECT_TRUE(std::holds_alternative<TerminateEstablished>(ssh.on_expiry));
  const PolicyPort& dns = config.policy.ports[1];
  EXPECT_EQ(dns.protocol, Protocol::any);
  EXPECT_EQ(dns.allowed_sources, (std::vector{AddressPrefix::any(Family::ipv4), AddressPrefix::any(Family::ipv6)}));
  EXPECT_EQ(dns.max_duration, Duration(3h));
  EXPECT_FALSE(dns.require_approval);
  EXPECT_FALSE(dns.require_justification);
  EXPECT_EQ(dns.on_expiry, OnExpiry(KeepAtMost{8h}));
  EXPECT_EQ(config.policy.always_allow, (std::vector{AddressPrefix::parse("192.0.2.10").value()}));
  EXPECT_EQ(config.policy.limits, (PrefixLimits{32, 128}));
  EXPECT_EQ(config.backend, BackendKind::none);
  EXPECT_EQ(config.deny, DenyAction::reject);
  EXPECT_EQ(config.own_table, OwnTable::on);
  EXPECT_EQ(config.existing_rules, ExistingRules::override);
  EXPECT_TRUE(config.forwarded);
  EXPECT_EQ(config.mark_mask, 0x00ff0000U);
  EXPECT_EQ(config.limits, (Limits{1, 2, 3, 4}));
  EXPECT_EQ(config.clock_wait, Duration(1min));
  EXPECT_EQ(config.access.reader, (RoleMembers{{"a"}, {}}));
  EXPECT_EQ(config.access.requester, (RoleMembers{{"b"}, {"c"}}));
  EXPECT_EQ(config.access.approver, (RoleMembers{{"d"}, {}}));
  EXPECT_EQ(config.access.administrator, (RoleMembers{{}, {"wheel"}}));
  EXPECT_EQ(config.socket, host_path("/tmp/s"));
  EXPECT_EQ(config.state_directory, host_path("/srv/jitgate"));
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_EQ(config.log_format, LogFormat::json);
}

TEST(Config, AuditModeReplacesTheDenyAction) {
  const Config config = parsed(
      "mode: audit\nversion: 1\npolicy: {ports: []}\n"
      "enforcement: {backend: none, existingRules: override, denyAction: reject}\n");
  EXPECT_EQ(config.deny, DenyAction::audit);
}

TEST(Config, WhatIsKeptOfTheAuditIsSaid) {
  EXPECT_EQ(parsed(kMinimal).audit.retention.age, Duration(std::chrono::days(365)));
  EXPECT_EQ(parsed(kMinimal).audit.retention.records, 1'000'000u);
  EXPECT_TRUE(parsed(kMinimal).audit.journald);
  const Config config = parsed(kMinimal + "audit: {retention: P30D, maximumRecords: 5000, journald: false}\n");
  EXPECT_EQ(config.audit.retention.age, Duration(std::chrono::days(30)));
  EXPECT_EQ(config.audit.retention.records, 5'000u);
  EXPECT_FALSE(config.audit.journald);
}

TEST(Config, JsonIsYaml) {
  EXPECT_EQ(parsed(R"({"version": 1, "policy": {"ports": []}, "enforcement": {"existingRules": ")" + kRules + R"("}})"),
            Config{});
}

TEST(Config, ExportedAzurePortWithNullsIsRead) {
  const Config config =
      parsed(with_port(R"("number": 22, "protocol": "TCP", "allowedSourceAddressPrefix": "*",)"
                       R"("allowedSourceAddressPrefixes": null, "maxRequestAccessDuration": "PT3H")"));
  ASSERT_EQ(config.policy.ports.size(), 1U);
  EXPECT_EQ(config.policy.ports[0].allowed_sources.size(), 2U);
}

TEST(Config, NumbersInTextAreTakenAsWritten) {
  EXPECT_EQ(parsed(kMinimal + "host: {id: 0017}\n").host_id, "0017");
  EXPECT_EQ(parsed(kMinimal + "host: {id: 1e3}\n").host_id, "1e3");
  EXPECT_EQ(parsed(kMinimal + "host: {id: 'yes'}\n").host_id, "yes");
}

TEST(Config, BoundsAreInclusive) {
  const std::string start = "protocol: TCP, allowedSourceAddressPrefix: 10.0.0.1, ";
  for (const char* rest : {"number: 1", "number: 65535", "number: 22, maxRequestAccessDuration: PT1M",
                           "number: 22, maxRequestAccessDuration: P30D"}) {
    EXPECT_EQ(parsed(with_port(start + rest)).policy.ports.size(), 1U) << rest;
  }
  EXPECT_EQ(parsed(kMinimal + "host: {id: " + std::string(128, 'a') + "}\n").host_id->size(), 128U);
}

TEST(Config, OneNumberMayHaveTcpAndUdpApart) {
  const std::string yaml = with_port("number: 53, protocol: TCP, allowedSourceAddressPrefix: 10.0.0.1") +
                           "    - {number: 53, protocol: UDP, allowedSourceAddressPrefix: 10.0.0.1}\n";
  EXPECT_EQ(parsed(yaml).policy.ports.size(), 2U);
}

TEST(ConfigValues, TheListenerIsReadWhole) {
  const Config least = parsed(kMinimal + "api: {listen: '0.0.0.0:8443', tls: {certificate: /c, key: /k}}");
  ASSERT_TRUE(least.https);
  EXPECT_EQ(least.https->listen, (ListenAddress{"0.0.0.0", 8443}));
  EXPECT_EQ(least.https->tls, (TlsFiles{host_path("/c"), host_path("/k"), std::nullopt}));
  EXPECT_EQ(least.https->tokens, host_defaults().tokens);
  const Config whole = parsed(
      kMinimal + "api: {listen: '[2001:db8::1]:443', tls: {certificate: /c, key: /k, clientCa: /ca}, tokens: /t}");
  ASSERT_TRUE(whole.https);
  EXPECT_EQ(whole.https->listen, (ListenAddress{"2001:db8::1", 443}));
  EXPECT_EQ(whole.https->tls.client_ca, host_path("/ca"));
  EXPECT_EQ(whole.https->tokens, host_path("/t"));
}

TEST(ConfigValues, MetricsGoNowhereByThemselvesAndStayOnThisHostByAPortAlone) {
  EXPECT_EQ(parsed(kMinimal).metrics, MetricsConfig{});
  EXPECT_EQ(parsed(kMinimal + "metrics: {listen: null, textfile: null}").metrics, MetricsConfig{});
  const auto listen = [](const std::string& text) {
    return parsed(kMinimal + "metrics: {listen: " + text + "}").metrics.listen;
  };
  EXPECT_EQ(listen("9464"), (ListenAddress{"127.0.0.1", 9464}));
  EXPECT_EQ(listen("'[::1]:9464'"), (ListenAddress{"::1", 9464}));
  EXPECT_EQ(listen("'0.0.0.0:9464'"), (ListenAddress{"0.0.0.0", 9464}));
  EXPECT_EQ(parsed(kMinimal + "metrics: {textfile: /var/x.prom}").metrics.textfile, host_path("/var/x.prom"));
}

TEST(PolicyAuthority, OfTheApiHasNoPortsInTheFile) {
  const auto config = parse_here("version: 1\npolicy: {authority: api, alwaysAllow: [192.0.2.10]}\n");
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ(config->policy_authority, PolicyAuthority::api);
  EXPECT_TRUE(config->policy.ports.empty());
  EXPECT_EQ(config->policy.always_allow.size(), 1U);
  EXPECT_EQ(parse_here("version: 1\npolicy: {ports: []}\n")->policy_authority, PolicyAuthority::file);
}

TEST(PolicyAuthority, OfTheApiBesidePortsInTheFileIsAmbiguous) {
  for (const char* ports : {"[]", "[{number: 22, protocol: TCP, allowedSourceAddressPrefix: \"*\"}]"}) {
    const auto found = messages("version: 1\npolicy:\n  ports: " + std::string(ports) + "\n  authority: api\n");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].starts_with("j.yaml:3:10: policy.ports: stands beside authority: api")) << found[0];
  }
}

}  // namespace
}  // namespace jitgate
