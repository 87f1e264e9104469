#include "agent/source/directory/spool_entry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "agent/signature/signed_document.hpp"

namespace jitgate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kDocument = "{\"id\": \"a\"}\n";
const std::string kSignature = signature::add_armor("bytes", signature::kSignatureLabel);

class SpoolEntry : public ::testing::Test {
 protected:
  EntryReading look(bool needs_signature = true) const {
    return read_entry("a.json", needs_signature, [this](const std::string& name, std::size_t) -> Result<std::string> {
      const auto file = files_.find(name);
      if (file == files_.end()) return error(errc::not_found, "is not there");
      return file->second;
    });
  }
  std::string why(bool needs_signature = true) const {
    const EntryReading reading = look(needs_signature);
    if (const auto* waits = std::get_if<EntryWaits>(&reading)) return "waits: " + waits->why;
    if (const auto* unreadable = std::get_if<EntryUnreadable>(&reading)) return "unreadable: " + unreadable->why;
    if (const auto* unknown = std::get_if<EntryUnknown>(&reading)) return "unknown: " + unknown->why;
    return std::holds_alternative<EntryAbsent>(reading) ? "absent" : "document";
  }

  std::map<std::string, Result<std::string>> files_;
};

TEST_F(SpoolEntry, IsAPairOfFiles) {
  files_ = {{"a.json", kDocument}, {"a.json.sig", kSignature}};
  EXPECT_EQ(std::get<DeliveredDocument>(look()), (DeliveredDocument{"a.json", kDocument, kSignature}));
}

TEST_F(SpoolEntry, IsAnEnvelope) {
  files_ = {{"a.json", signature::write_envelope({kDocument, kSignature})}};
  EXPECT_EQ(std::get<DeliveredDocument>(look()), (DeliveredDocument{"a.json", kDocument, kSignature}));
  files_ = {{"a.json", "{\"document\": \"secret\", \"more\": 1}"}};
  EXPECT_THAT(why(), HasSubstr("unreadable: \"a.json\" has a document in it, and is no envelope"));
  EXPECT_THAT(why(), Not(HasSubstr("secret")));
}

TEST_F(SpoolEntry, WithoutSignatureWaitsWhereOneIsNeeded) {
  files_ = {{"a.json", kDocument}};
  EXPECT_EQ(why(), "waits: \"a.json\" has no \"a.json.sig\" beside it");
  EXPECT_EQ(std::get<DeliveredDocument>(look(false)), (DeliveredDocument{"a.json", kDocument, std::nullopt}));
  files_ = {{"a.json.sig", kSignature}};
  EXPECT_EQ(why(), "absent");
}

TEST_F(SpoolEntry, IsWaitedForWhileHalfWritten) {
  for (const char* half : {"", "{", "{\"id\": \"a\"", "not JSON", "{\"id\": 1, \"id\": 2}"}) {
    files_ = {{"a.json", half}, {"a.json.sig", kSignature}};
    EXPECT_EQ(why(), "waits: \"a.json\" is no whole JSON document (strictly read)") << half;
    EXPECT_EQ(why(false), why()) << half;
  }
  for (const std::string& half : {std::string(), kSignature.substr(0, 40), std::string("text")}) {
    files_ = {{"a.json", kDocument}, {"a.json.sig", half}};
    EXPECT_EQ(why(), "waits: \"a.json.sig\" is no whole SSH signature") << half;
    EXPECT_EQ(why(false), "document") << half;
  }
}

TEST_F(SpoolEntry, SaysWhyAFileCannotBeRead) {
  files_ = {{"a.json", error(errc::system_failed, "is a symbolic link")}};
  EXPECT_EQ(why(), "unreadable: \"a.json\" is a symbolic link");
  files_ = {{"a.json", kDocument}, {"a.json.sig", error(errc::system_failed, "is not a regular file")}};
  EXPECT_EQ(why(), "unreadable: \"a.json.sig\" is not a regular file");
  files_ = {{"a.json", error(errc::conflict, "is being written")}};
  EXPECT_EQ(why(), "waits: \"a.json\" is being written");
  files_ = {{"a.json", error(errc::unavailable, "cannot be read: Too many open files")}};
  EXPECT_EQ(why(), "unknown: \"a.json\" cannot be read: Too many open files");
}

TEST_F(SpoolEntry, IsNoLargerThanADocument) {
  files_ = {{"a.json", "{\"a\": \"" + std::string(kMaxGrantDocument, 'x') + "\"}"}, {"a.json.sig", kSignature}};
  EXPECT_EQ(why(), "unreadable: \"a.json\" is larger than 65536 bytes");
}

TEST(SpoolEntryName, IsOfADocumentOrItsSignature) {
  EXPECT_EQ(entry_of("a.json"), "a.json");
  EXPECT_EQ(entry_of("a.json.sig"), "a.json");
  for (const char* other : {"", ".", "a", "a.sig", ".a.json", ".json", "a.json~", "a.json.tmp", "a.json.swp", "a.JSON",
                            ".a.json.sig", "a.json.sig~"}) {
    EXPECT_EQ(entry_of(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace jitgate
