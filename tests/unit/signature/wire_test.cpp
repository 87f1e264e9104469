#include <gtest/gtest.h>

#include <string>

#include "agent/signature/armor.hpp"
#include "agent/signature/base64.hpp"
#include "agent/signature/wire_reader.hpp"
#include "agent/signature/wire_writer.hpp"

namespace jitgate::signature {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string made;
  for (const int value : values) made += static_cast<char>(value);
  return made;
}

TEST(WireReader, ReadsWhatIsWritten) {
  std::string written;
  append_u32(written, 0x01020304);
  append_string(written, "text");
  append_mpint(written, bytes({0, 0x80, 1}));
  WireReader reader(written);
  EXPECT_EQ(reader.u32(), 0x01020304U);
  EXPECT_EQ(reader.text(), "text");
  EXPECT_EQ(reader.mpint(), bytes({0x80, 1}));
  EXPECT_TRUE(reader.done());
}

TEST(WireReader, StaysFailedAfterAReadThatDoesNotFit) {
  const std::string input = bytes({0, 0, 0, 5, 1, 2, 3, 4});
  WireReader reader(input);
  EXPECT_EQ(reader.string(), "");
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.ok());
  WireReader longest("\xff\xff\xff\xff");
  EXPECT_EQ(longest.string(), "");
  EXPECT_FALSE(longest.ok());
}

TEST(WireReader, TakesOneFormOfANumber) {
  const auto accepts = [](std::initializer_list<int> number) {
    std::string input;
    append_string(input, bytes(number));
    WireReader reader(input);
    reader.mpint();
    return reader.done();
  };
  EXPECT_TRUE(accepts({1}));
  EXPECT_TRUE(accepts({0, 0x80}));
  EXPECT_FALSE(accepts({}));
  EXPECT_FALSE(accepts({0}));
  EXPECT_FALSE(accepts({0x80}));
  EXPECT_FALSE(accepts({0, 0x7f}));
  EXPECT_FALSE(accepts({0, 0, 0x80}));
}

TEST(WireReader, RefusesTextWithNul) {
  std::string input;
  append_string(input, bytes({'a', 0, 'b'}));
  WireReader reader(input);
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.ok());
}

TEST(Base64, HasOneTextForEachValue) {
  for (const auto& [plain, text] : {std::pair<std::string, std::string>{"", ""},
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"\xff\xfe", "//4="},
                                    {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(encode_base64(plain), text);
    EXPECT_EQ(decode_base64(text).value(), plain);
  }
  for (const std::string_view wrong :
       {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "=Zg=", "====", "Zm 9", "Zm9v\n", "Zg=a", "Z===", "Zm-_"})
    EXPECT_FALSE(decode_base64(wrong)) << wrong;
}

TEST(Armor, TakesItsOwnAndNothingAround) {
  const std::string made = add_armor(std::string(200, 'x'), "LABEL");
  EXPECT_EQ(remove_armor(made, "LABEL").value(), std::string(200, 'x'));
  EXPECT_EQ(remove_armor(made.substr(0, made.size() - 1), "LABEL").value(), std::string(200, 'x'));
  EXPECT_TRUE(remove_armor(made + "\n\n", "LABEL"));
  EXPECT_FALSE(remove_armor(made, "OTHER"));
  EXPECT_FALSE(remove_armor("\n" + made, "LABEL"));
  EXPECT_FALSE(remove_armor(made + " ", "LABEL"));
  EXPECT_FALSE(remove_armor(made + made, "LABEL"));
  EXPECT_FALSE(remove_armor("", "LABEL"));
  EXPECT_FALSE(remove_armor(add_armor("", "LABEL"), "LABEL"));
  EXPECT_FALSE(remove_armor("-----BEGIN LABEL-----\n\n-----END LABEL-----\n", "LABEL"));
  EXPECT_FALSE(remove_armor(add_armor(std::string(kMaxArmor, 'x'), "LABEL"), "LABEL"));
}

}  // namespace
}  // namespace jitgate::signature
