#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/config_text.hpp"

namespace jitgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct PortCase {
  std::string fields;
  std::string key;     ///< behind policy.ports[0].
  std::string detail;  ///< part of the message
};

class WrongPolicyPort : public ::testing::TestWithParam<PortCase> {};

TEST_P(WrongPolicyPort, IsReportedAtItsKey) {
  const auto found = messages(with_port(GetParam().fields));
  ASSERT_THAT(found, SizeIs(1)) << ::testing::PrintToString(found);
  EXPECT_THAT(found[0], StartsWith("j.yaml:5:"));
  EXPECT_THAT(found[0], HasSubstr(": policy.ports[0]" + GetParam().key + ": "));
  EXPECT_THAT(found[0], HasSubstr(GetParam().detail));
  EXPECT_THAT(found[0], HasSubstr("; expected "));
}

const std::string kTcp = "protocol: TCP, allowedSourceAddressPrefix: 10.0.0.1, ";
const std::string kNumber = "number: 22, protocol: TCP, ";
const std::string kSource = kNumber + "allowedSourceAddressPrefix: ";
const std::string kGood = kSource + "10.0.0.1, ";

INSTANTIATE_TEST_SUITE_P(
    Fields, WrongPolicyPort,
    ::testing::Values(
        PortCase{kTcp + "number: 0", ".number", "0 is out of range; expected a number from 1 to 65535"},
        PortCase{kTcp + "number: 70000", ".number", "70000 is out of range"},
        PortCase{kTcp + "number: -22", ".number", "out of range"},
        PortCase{kTcp + "number: 99999999999999999999", ".number", "out of range"},
        PortCase{kTcp + "number: '22'", ".number", "not a whole number"},
        PortCase{kTcp + "number: 022", ".number", "not a whole number"},
        PortCase{kTcp + "number: 0x16", ".number", "not a whole number"},
        PortCase{kTcp + "number: 22.0", ".number", "not a whole number"},
        PortCase{kTcp + "number: +22", ".number", "not a whole number"},
        PortCase{kTcp + "number: [22]", ".number", "a list"}, PortCase{kTcp + "number:", ".number", "an empty value"},
        PortCase{kTcp + "number: ssh", ".number", "\"ssh\""}, PortCase{kTcp, ".number", "is missing"},
        PortCase{"number: 22, allowedSourceAddressPrefix: 10.0.0.1", ".protocol", "is missing"},
        PortCase{"number: 22, protocol: SCTP, allowedSourceAddressPrefix: 10.0.0.1", ".protocol", "TCP, UDP or \"*\""},
        PortCase{kNumber, ".allowedSourceAddressPrefix", "is missing"},
        PortCase{kSource + "10.0.0.0/33", ".allowedSourceAddressPrefix", "from 0 to 32"},
        PortCase{kSource + "10.0.0.1/8", ".allowedSourceAddressPrefix", "did you mean 10.0.0.0/8?"},
        PortCase{kSource + "'::ffff:10.0.0.1'", ".allowedSourceAddressPrefix", "write 10.0.0.1"},
        PortCase{kSource + "example.com", ".allowedSourceAddressPrefix", "not an IPv4 or IPv6"},
        PortCase{kSource + "[10.0.0.1]", ".allowedSourceAddressPrefix", "a list is not text"},
        PortCase{kSource + "10.0.0.1, allowedSourceAddressPrefixes: [10.0.0.1]", ".allowedSourceAddressPrefixes",
                 "only one"},
        PortCase{kNumber + "allowedSourceAddressPrefixes: []", ".allowedSourceAddressPrefixes", "0 elements"},
        PortCase{kNumber + "allowedSourceAddressPrefixes: 10.0.0.1", ".allowedSourceAddressPrefixes", "not a list"},
        PortCase{kNumber + "allowedSourceAddressPrefixes: [10.0.0.1, '*']", ".allowedSourceAddressPrefixes[1]",
                 "\"*\""},
        PortCase{kNumber + "allowedSourceAddressPrefixes: [10.0.0.1, 10.0.0.1/32]", ".allowedSourceAddressPrefixes[1]",
                 "given twice"},
        PortCase{kGood + "maxRequestAccessDuration: PT59S", ".maxRequestAccessDuration", "from PT1M to P30D"},
        PortCase{kGood + "maxRequestAccessDuration: P31D", ".maxRequestAccessDuration", "out of range"},
        PortCase{kGood + "maxRequestAccessDuration: 3h", ".maxRequestAccessDuration", "ISO 8601"},
        PortCase{kGood + "maxRequestAccessDuration: 3600", ".maxRequestAccessDuration", "ISO 8601"},
        PortCase{kGood + "requireJustification: yes", ".requireJustification", "true or false"},
        PortCase{kGood + "requireJustification: 'true'", ".requireJustification", "true or false"},
        PortCase{kGood + "requireJustification: True", ".requireJustification", "true or false"},
        PortCase{kGood + "onExpiry: cut", ".onExpiry", "keep | terminate | {keepAtMost: PT8H}"},
        PortCase{kGood + "onExpiry:", ".onExpiry", "an empty value"},
        PortCase{kGood + "onExpiry: {keepAtMost: PT0S}", ".onExpiry.keepAtMost", "PT1M"},
        PortCase{kGood + "onExpiry: {}", ".onExpiry.keepAtMost", "is missing"},
        PortCase{kGood + "onExpiry: {keepAtMost: PT1H, x: 1}", ".onExpiry.x", "unknown key"},
        PortCase{kGood + "surprise: 1", ".surprise", "unknown key; expected one of number, protocol"},
        PortCase{kGood + "Number: 22", ".Number", "unknown key"},
        PortCase{kGood + "number: 23", ".number", "the key is given twice"}));

struct SectionCase {
  std::string text;
  std::string message;
};

class WrongSection : public ::testing::TestWithParam<SectionCase> {};

TEST_P(WrongSection, IsReportedInItsLine) {
  const auto found = messages(kMinimal + GetParam().text);
  ASSERT_THAT(found, SizeIs(1)) << ::testing::PrintToString(found);
  EXPECT_THAT(found[0], StartsWith("j.yaml:4:"));
  EXPECT_THAT(found[0], HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Values, WrongSection,
    ::testing::Values(
        SectionCase{"host: {id: ''}", "4:12: host.id: the text has 0 bytes; expected a name"},
        SectionCase{"host: {id: uninitialized}", "host.id: \"uninitialized\" cannot name a host"},
        SectionCase{"host: {id: Uninitialized}", "host.id"}, SectionCase{"host: {id: }", "host.id: an empty value"},
        SectionCase{"host: {id: null}", "host.id"}, SectionCase{"host: {id: true}", "host.id"},
        SectionCase{"host: {id: a b}", "host.id"}, SectionCase{"host: {id: a/b}", "host.id"},
        SectionCase{"host: {id: \"a\\0\"}", "host.id"},
        SectionCase{"host: {id: " + std::string(129, 'a') + "}", "129 bytes"},
        SectionCase{"host: {name: x}", "4:8: host.name: unknown key; expected one of id"},
        SectionCase{"host: web-17", "4:7: host: \"web-17\" is not a mapping"}, SectionCase{"host: [a]", "host: a list"},
        SectionCase{"mode: on", "4:7: mode: \"on\" is not known; expected enforce | audit"},
        SectionCase{"mode:", "mode: an empty value"}, SectionCase{"surprise: 1", "4:1: surprise: unknown key"},
        SectionCase{"version: 1", "4:1: version: the key is given twice; expected it once (it is in line 1 already)"},
        SectionCase{"limits: {minimumPrefixLength: {ipv4: 33}}", "limits.minimumPrefixLength.ipv4: 33 is out of range"},
        SectionCase{"limits: {minimumPrefixLength: {ipv4: 0}}", "from 1 to 32"},
        SectionCase{"limits: {minimumPrefixLength: {ipv6: 129}}", "from 1 to 128"},
        SectionCase{"limits: {minimumPrefixLength: {ipv5: 1}}", "limits.minimumPrefixLength.ipv5: unknown key"},
        SectionCase{"limits: {minimumPrefixLength: 24}", "limits.minimumPrefixLength: 24 is not a mapping"},
        SectionCase{"limits: {grantsPerRequestor: 0}", "limits.grantsPerRequestor"},
        SectionCase{"limits: {requestsPerMinute: 0}", "limits.requestsPerMinute"},
        SectionCase{"limits: {requestBurst: -1}", "limits.requestBurst"},
        SectionCase{"limits: {grantsPerSource: 1000001}", "limits.grantsPerSource"},
        SectionCase{"clock: {wait: PT0S}", "clock.wait"}, SectionCase{"clock: {wait: PT2H}", "clock.wait"},
        SectionCase{"clock: {wait: 5m}", "clock.wait"}, SectionCase{"sources: []", "sources: the list has 0 elements"},
        SectionCase{"sources: {name: local, type: local}", "sources: a mapping is not a list"},
        SectionCase{"sources: [{name: local}]", "sources[0].type: is missing"},
        SectionCase{"sources: [{name: local, type: local, path: /x}]", "sources[0].path: unknown key"},
        SectionCase{"sources: [{name: local, type: local}, {name: local, type: local}]",
                    "sources[1]: \"local\" is the name of sources[0] too"},
        SectionCase{"sources: [{name: local, type: ftp}]", "sources[0].type: \"ftp\" is not a type of source"},
        SectionCase{"sources: [local]", "sources[0]: \"local\" is not a mapping"},
        SectionCase{"access: {administrator: {}}", "access.administrator: nobody is left"},
        SectionCase{"access: {reader: }", "access.reader: an empty value"},
        SectionCase{"access: {reader: {groups: adm}}", "access.reader.groups: \"adm\" is not a list"},
        SectionCase{"access: {reader: {groups: [adm, adm]}}", "access.reader.groups[1]: \"adm\" is given twice"},
        SectionCase{"access: {reader: {groups: ['']}}", "access.reader.groups[0]"},
        SectionCase{"access: {reader: {groups: [[adm]]}}", "access.reader.groups[0]: a list is not text"},
        SectionCase{"access: {reader: {members: [adm]}}", "access.reader.members: unknown key"},
        SectionCase{"access: {owner: {users: [a]}}", "access.owner: unknown key"},
        SectionCase{"api: {socket: agent.sock}", "api.socket: \"agent.sock\" is not absolute"},
        SectionCase{"api: {socket: /" + std::string(107, 'a') + "}", "api.socket"},
        SectionCase{"api: {listen: '127.0.0.1:8443'}", "api.tls: is missing"},
        SectionCase{"api: {listen: '8443', tls: {certificate: /c, key: /k}}", "api.listen: \"8443\" is not an address"},
        SectionCase{"api: {listen: 'localhost:8443', tls: {certificate: /c, key: /k}}", "api.listen"},
        SectionCase{"api: {listen: '127.0.0.1:0', tls: {certificate: /c, key: /k}}", "api.listen"},
        SectionCase{"api: {listen: '::1:8443', tls: {certificate: /c, key: /k}}", "api.listen"},
        SectionCase{"api: {listen: '[127.0.0.1]:8443', tls: {certificate: /c, key: /k}}", "api.listen"},
        SectionCase{"metrics: {listen: 0}", "metrics.listen: 0 is not an address and a port"},
        SectionCase{"metrics: {listen: 'localhost:9464'}", "metrics.listen"},
        SectionCase{"metrics: {listen: '::1:9464'}", "metrics.listen"},
        SectionCase{"metrics: {textfile: jitgate.prom}", "metrics.textfile: \"jitgate.prom\" is not absolute"},
        SectionCase{"metrics: {textfile: /var/lib/jitgate.txt}", "metrics.textfile"},
        SectionCase{"metrics: {port: 9464}", "metrics.port: unknown key"},
        SectionCase{"api: {tls: {certificate: /c}}", "api.tls.key: is missing"},
        SectionCase{"api: {tls: {certificate: c, key: /k}}", "api.tls.certificate"},
        SectionCase{"api: {tls: {certificate: /c, key: /k, ca: /x}}", "api.tls.ca: unknown key"},
        SectionCase{"api: {tokens: tokens.yaml}", "api.tokens"}, SectionCase{"api: {port: 1}", "api.port: unknown key"},
        SectionCase{"state: {directory: ./state}", "state.directory"},
        SectionCase{"state: {directory: 7}", "state.directory"},
        SectionCase{"audit: {level: 1}", "audit.level: unknown key"},
        SectionCase{"audit: {retention: PT1H}", "audit.retention"},
        SectionCase{"audit: {retention: P4000D}", "audit.retention"},
        SectionCase{"audit: {retention: 365}", "audit.retention"},
        SectionCase{"audit: {maximumRecords: 999}", "audit.maximumRecords: 999 is out of range"},
        SectionCase{"audit: {journald: maybe}", "audit.journald"},
        SectionCase{"metrics: {path: x}", "metrics.path: unknown key"},
        SectionCase{"log: {level: loud}", "expected trace | debug | info | warn | error"},
        SectionCase{"log: {format: xml}", "log.format: \"xml\" is not known; expected text | json"},
        SectionCase{"? [a, b]\n: 1", "a key must be text"}, SectionCase{"? {a: b}\n: 1", "a key must be text"},
        SectionCase{"~: 1", "a key must be text"}, SectionCase{"<<: {version: 1}", "<<: unknown key"}));

TEST(ConfigErrors, AllAreCollectedInTheOrderOfTheFile) {
  const auto found = messages(
      "version: 2\n"
      "mode: maybe\n"
      "policy:\n"
      "  ports:\n"
      "    - number: 0\n"
      "      protocol: ICMP\n"
      "      allowedSourceAddressPrefix: 10.0.0.0/33\n"
      "    - number: 22\n"
      "      protocol: TCP\n"
      "      allowedSourceAddressPrefix: \"*\"\n"
      "      maxRequestAccessDuration: forever\n"
      "enforcement:\n"
      "  existingRules: overide\n"
      "extra: 1\n");
  EXPECT_THAT(found,
              ElementsAre(StartsWith("j.yaml:1:10: version: 2 is out of range; expected a number from 1 to 1"),
                          StartsWith("j.yaml:2:7: mode: "), StartsWith("j.yaml:5:15: policy.ports[0].number: 0 is"),
                          StartsWith("j.yaml:6:17: policy.ports[0].protocol: "),
                          StartsWith("j.yaml:7:35: policy.ports[0].allowedSourceAddressPrefix: "),
                          StartsWith("j.yaml:11:33: policy.ports[1].maxRequestAccessDuration: "),
                          StartsWith("j.yaml:13:18: enforcement.existingRules: "),
                          StartsWith("j.yaml:14:1: extra: unknown key")));
}

TEST(ConfigErrors, OverlappingPortsNameEachOther) {
  const std::string first = with_port("number: 22, protocol: TCP, allowedSourceAddressPrefix: 10.0.0.1");
  for (const char* protocol : {"TCP", "'*'"}) {
    const auto found =
        messages(first + "    - {number: 22, protocol: " + protocol + ", allowedSourceAddressPrefix: bad}\n");
    ASSERT_THAT(found, SizeIs(2)) << protocol;
    EXPECT_THAT(found[0], StartsWith("j.yaml:6:7: policy.ports[1]: 22/"));
    EXPECT_THAT(found[0], HasSubstr(" overlaps policy.ports[0] (22/TCP)"));
  }
}

TEST(ConfigErrors, AlwaysAllowNeverUnlocksForEveryone) {
  const auto always = [](const std::string& list) {
    return messages("version: 1\nenforcement: {existingRules: override}\npolicy: {ports: [], alwaysAllow: " + list +
                    "}\n");
  };
  EXPECT_THAT(always("[192.0.2.10/32, '2001:db8::/64']"), SizeIs(0));
  EXPECT_THAT(always("[0.0.0.0/0]"), SizeIs(1));
  EXPECT_THAT(always("['::/0']"), SizeIs(1));
  EXPECT_THAT(always("['*']"), SizeIs(1));
  EXPECT_THAT(always("[10.0.0.1/8, 10.0.0.0/33]"), SizeIs(2));
  EXPECT_THAT(always("192.0.2.10"), SizeIs(1));
}

TEST(ConfigErrors, WhatMustBeThereIsAskedFor) {
  EXPECT_THAT(messages("mode: enforce\n"), ElementsAre(StartsWith("j.yaml:1:1: version: is missing"),
                                                       StartsWith("j.yaml:1:1: policy.ports: is missing")));
}

TEST(ConfigErrors, AMarkMaskNeedsThreeBits) {
  const auto mask = [](const std::string& value) {
    return messages("version: 1\npolicy: {ports: []}\nenforcement: {backend: none, mark: {mask: " + value + "}}\n");
  };
  for (const char* fine : {"0x7f000000", "0x00000007", "0xffffffff", "7"}) EXPECT_THAT(mask(fine), SizeIs(0)) << fine;
  for (const char* wrong : {"0", "0x3", "3", "0x", "0x1ffffffff", "-7", "7f000000", "[7]", "''"}) {
    const auto found = mask(wrong);
    ASSERT_THAT(found, SizeIs(1)) << wrong;
    EXPECT_THAT(found[0], StartsWith("j.yaml:3:43: enforcement.mark.mask: ")) << wrong;
  }
  EXPECT_THAT(messages("version: 1\npolicy: {ports: []}\nenforcement: {backend: none, mark: {}}\n"),
              ElementsAre(StartsWith("j.yaml:3:36: enforcement.mark.mask: is missing")));
}

TEST(ConfigErrors, HostileKeysArePrintable) {
  const auto found = messages(kMinimal + "\"\\e[31m\": 1\n" + std::string(1000, 'k') + ": 1\n");
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(found[0], HasSubstr("\"\\x1b[31m\": unknown key"));
  EXPECT_LT(found[1].size(), 400U);
}

TEST(ConfigErrors, ManyAreCountedButNotAllShown) {
  std::string yaml = kMinimal;
  for (int i = 0; i < 1000; ++i) yaml += "key" + std::to_string(i) + ": 1\n";
  const auto config = parse_config(yaml, "j.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().message, "the configuration has 1000 errors");
  EXPECT_THAT(config.error().details, SizeIs(101));
  EXPECT_THAT(config.error().details.back().message, HasSubstr("900 more errors"));
}

TEST(ConfigErrors, DescriptionOfTheWholeNamesEveryPlace) {
  const auto config = parse_config(kMinimal + "a: 1\nb: 2\n", "j.yaml");
  ASSERT_FALSE(config);
  EXPECT_THAT(describe(config.error()),
              StartsWith("j.yaml: the configuration has 2 errors; j.yaml:4:1: a: unknown key"));
  EXPECT_THAT(describe(config.error()), HasSubstr("; j.yaml:5:1: b: unknown key"));
}

}  // namespace
}  // namespace jitgate
