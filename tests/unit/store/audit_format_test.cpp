#include "agent/audit/audit_format.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "agent/audit/audit_text.hpp"
#include "agent/model/utf8.hpp"
#include "store_fixture.hpp"

namespace jitgate::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

AuditEvent justified(std::string justification) {
  AuditEvent event = event_of("grant.open", "one");
  event.sequence = 1;
  event.justification = std::move(justification);
  return event;
}

TEST(AuditTable, AlignsColumnsUnderAHeading) {
  AuditEvent second = justified("");
  second.sequence = 12345;
  second.operation = "r";
  AuditEvent first = justified("INC-1");
  first.generation = 17;
  EXPECT_EQ(audit_table_text({first, second}),
            "SEQ    TIME                  OPERATION   OUTCOME    CALLER            PEER    GRANT  RESOURCE             "
            "    JUSTIFICATION  REASON  GENERATION\n"
            "1      2026-11-21T18:00:00Z  grant.open  Succeeded  alice (uid 1000)  pid 42  one    22/TCP from "
            "203.0.113.7  INC-1          -       17\n"
            "12345  2026-11-21T18:00:00Z  r           Succeeded  alice (uid 1000)  pid 42  one    22/TCP from "
            "203.0.113.7  -              -       -\n");
}

TEST(AuditTable, OfNothingIsTheHeading) {
  EXPECT_THAT(audit_table_text({}), StartsWith("SEQ  TIME"));
}

TEST(AuditTable, NeutralisesWhatATerminalObeys) {
  const std::string text =
      audit_table_text({justified("a\x1b[2J\r\nb\x7f\xc2\x9b\xe2\x80\xae"
                                  "c\xff\xc3")});
  EXPECT_THAT(text, HasSubstr("a\\x1b[2J\\x0d\\x0ab\\x7f\\u009b\\u202ec\\xff\\xc3"));
  EXPECT_TRUE(is_utf8(text));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}

TEST(AuditTable, LeavesOtherLanguagesReadable) {
  EXPECT_THAT(audit_table_text({justified("\xc3\xa9t\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x94\x92")}),
              HasSubstr("\xc3\xa9t\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x94\x92"));
}

TEST(AuditCsv, HasAHeaderAndCarriageReturns) {
  EXPECT_EQ(
      audit_csv({justified("INC-1")}),
      "time,operationName,status,caller,resource,justification,reason,peer,grantId,ports,generation,sequence\r\n"
      "2026-11-21T18:00:00Z,grant.open,Succeeded,alice (uid 1000),22/TCP from 203.0.113.7,INC-1,,pid 42,one,,,1\r\n");
}

struct CsvCase {
  std::string given;
  std::string field;
};

TEST(AuditCsv, QuotesAndDefusesFields) {
  const std::vector<CsvCase> cases = {
      {"plain", "plain"},
      {"a,b", "\"a,b\""},
      {"say \"no\"", "\"say \"\"no\"\"\""},
      {"two\nlines", "\"two\nlines\""},
      {"two\r\nlines", "\"two\r\nlines\""},
      {"=1+1", "'=1+1"},
      {"+1", "'+1"},
      {"-1", "'-1"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"  =1", "'  =1"},
      {"\t=1", "'\t=1"},
      {"\r=1", "\"'\r=1\""},
      {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
      {"a=1", "a=1"},
      {"a\x1b[31m", "a\\x1b[31m"},
      {std::string("nul\0byte", 8), "nul\\x00byte"},
  };
  for (const auto& [given, field] : cases) {
    EXPECT_THAT(audit_csv({justified(given)}), HasSubstr("203.0.113.7," + field + ",,pid 42,")) << given;
  }
}

TEST(AuditJson, IsOneObjectALineWithEveryField) {
  EXPECT_EQ(audit_json_lines({justified("say \"hi\" \\ \n")}),
            "{\"sequence\":1,\"time\":\"2026-11-21T18:00:00Z\",\"operation\":\"grant.open\",\"outcome\":\"Succeeded\","
            "\"caller\":\"alice (uid 1000)\",\"peer\":\"pid 42\",\"grantId\":\"one\",\"resource\":\"22/TCP from "
            "203.0.113.7\","
            "\"justification\":\"say \\\"hi\\\" \\\\ \\u000a\",\"reason\":\"\",\"ports\":\"\",\"generation\":null}\n");
}

TEST(AuditJson, AnyTextComesBack) {
  for (const std::string& text : {std::string("\x01\x1f\x7f\xc2\x85\xe2\x80\xa8\xe2\x80\xae/<>\"\\"),
                                  std::string("a\0b", 3), std::string("\xf0\x9f\x94\x92")}) {
    const std::string line = audit_json_lines({justified(text)});
    EXPECT_EQ(boost::json::parse(line).at("justification").as_string(), text);
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
    EXPECT_FALSE(has_control_characters(line.substr(0, line.size() - 1)));
  }
}

TEST(AuditJson, MalformedUtf8BecomesReplacementCharacters) {
  for (const char* bad : {"\xff", "\xc3", "\xe2\x82", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\x80"}) {
    const std::string line = audit_json_lines({justified(std::string("a") + bad + "b")});
    EXPECT_TRUE(is_utf8(line)) << line;
    EXPECT_THAT(line, HasSubstr("\xef\xbf\xbd"
                                "b\""));
  }
}

}  // namespace
}  // namespace jitgate::test
