// Records on their way to a journal that the test plays, by the real socket.
#include "agent/audit/audit_journal.hpp"

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>

#include "platform/linux/file_handle.hpp"
#include "platform/linux/journal_socket.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The journal's end, in a directory of its own.
class PlayedJournal {
 public:
  [[nodiscard]] std::string path() const { return directory_.file("socket"); }
  void start() {
    std::filesystem::remove(path());
    socket_ = FileHandle(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("bind failed");
  }
  void stop() { socket_ = FileHandle(); }
  /// The next entry, as it came; empty: there is none.
  std::string next() {
    std::string bytes(1 << 17, '\0');
    const auto size = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return bytes;
  }

 private:
  ScratchDirectory directory_;
  FileHandle socket_;
};

/// By the protocol's description, not by our writer.
std::multimap<std::string, std::string> fields_of(std::string entry) {
  std::multimap<std::string, std::string> fields;
  while (!entry.empty()) {
    const auto end = entry.find_first_of("=\n");
    const std::string name = entry.substr(0, end);
    std::size_t size = 0;
    std::size_t begin = end + 1;
    if (entry.at(end) == '=') {
      size = entry.find('\n', begin) - begin;
    } else {
      for (int i = 7; i >= 0; --i) size = size << 8 | static_cast<unsigned char>(entry.at(begin + i));
      begin += 8;
    }
    fields.emplace(name, entry.substr(begin, size));
    EXPECT_EQ(entry.at(begin + size), '\n');
    entry.erase(0, begin + size + 1);
  }
  return fields;
}

AuditRecord record(std::uint64_t sequence = 7) {
  AuditEvent event;
  event.sequence = sequence;
  event.at = WallTime(std::chrono::seconds(1'795'000'000));
  event.operation = "grant.open";
  event.outcome = "Succeeded";
  event.caller = "alice";
  event.peer = "uid 1000, pid 42";
  event.grant_id = "0198c2c0-1";
  event.resource = "22/TCP from 203.0.113.7 until later";
  event.justification = "two\nlines";
  event.ports = "22/TCP,500/*";
  event.generation = 17;
  return {event, sha256("hash")};
}

/// What goes to the log meanwhile.
class CapturedLog {
 public:
  CapturedLog() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

class AuditJournalTest : public testing::Test {
 protected:
  PlayedJournal journal_;
  AuditJournal notes_{make_journal_socket(journal_.path())};
  CapturedLog log_;
};

TEST_F(AuditJournalTest, EveryRecordArrivesWithItsFields) {
  journal_.start();
  notes_.note({record(7), record(8)});
  const auto fields = fields_of(journal_.next());
  const auto one = [&fields](const std::string& name) {
    EXPECT_EQ(fields.count(name), 1u) << name;
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  };
  EXPECT_EQ(one("JITGATE_EVENT"), "grant.open");
  EXPECT_EQ(one("JITGATE_STATUS"), "Succeeded");
  EXPECT_EQ(one("JITGATE_CALLER"), "alice");
  EXPECT_EQ(one("JITGATE_PEER"), "uid 1000, pid 42");
  EXPECT_EQ(one("JITGATE_GRANT"), "0198c2c0-1");
  EXPECT_EQ(one("JITGATE_RESOURCE"), "22/TCP from 203.0.113.7 until later");
  EXPECT_EQ(one("JITGATE_JUSTIFICATION"), "two\nlines");
  EXPECT_EQ(one("JITGATE_GENERATION"), "17");
  EXPECT_EQ(one("JITGATE_CHAIN_SEQ"), "7");
  EXPECT_EQ(one("JITGATE_CHAIN_HASH"), to_hex(sha256("hash")));
  EXPECT_EQ(one("JITGATE_TIME"), "2026-11-18T11:06:40Z");
  EXPECT_EQ(one("PRIORITY"), "6");
  EXPECT_EQ(one("MESSAGE_ID").size(), 32u);
  EXPECT_EQ(one("SYSLOG_IDENTIFIER"), "jitgated");
  EXPECT_THAT(one("MESSAGE"), HasSubstr("audit head 7:" + to_hex(sha256("hash"))));
  std::vector<std::string> ports;
  for (auto [port, end] = fields.equal_range("JITGATE_PORT"); port != end; ++port) ports.push_back(port->second);
  EXPECT_THAT(ports, ElementsAre("22/TCP", "500/*"));
  EXPECT_EQ(fields.count("JITGATE_REASON"), 0u) << "it has none";
  EXPECT_EQ(fields_of(journal_.next()).find("JITGATE_CHAIN_SEQ")->second, "8");
  EXPECT_EQ(journal_.next(), "");
  EXPECT_EQ(log_.text(), "");
}

TEST_F(AuditJournalTest, ARefusalIsANotice) {
  journal_.start();
  auto refused = record();
  refused.event.outcome = "Refused";
  refused.event.reason = "the policy does not allow this";
  notes_.note({refused});
  const auto fields = fields_of(journal_.next());
  EXPECT_EQ(fields.find("PRIORITY")->second, "5");
  EXPECT_EQ(fields.find("JITGATE_REASON")->second, "the policy does not allow this");
}

TEST_F(AuditJournalTest, NobodyInjectsAField) {
  journal_.start();
  auto evil = record();
  evil.event.justification = "x\nJITGATE_STATUS=Refused";
  evil.event.caller = "a\nPRIORITY=0\nb";
  notes_.note({evil});
  const auto fields = fields_of(journal_.next());
  EXPECT_EQ(fields.count("JITGATE_STATUS"), 1u);
  EXPECT_EQ(fields.count("PRIORITY"), 1u);
  EXPECT_EQ(fields.find("JITGATE_CALLER")->second, "a\nPRIORITY=0\nb");
}

TEST_F(AuditJournalTest, WithoutAJournalTheHeadGoesToTheLogOnceATransaction) {
  notes_.note({record(7), record(8)});
  EXPECT_THAT(log_.text(), HasSubstr("audit head 8:" + to_hex(sha256("hash"))));
  EXPECT_EQ(log_.text().find("audit head 7"), std::string::npos);
}

TEST_F(AuditJournalTest, IsFoundAgainAfterItWasStartedAnew) {
  journal_.start();
  notes_.note({record(1)});
  journal_.stop();
  notes_.note({record(2)});
  EXPECT_THAT(log_.text(), HasSubstr("audit head 2:"));
  journal_.start();
  notes_.note({record(3)});
  EXPECT_EQ(fields_of(journal_.next()).find("JITGATE_CHAIN_SEQ")->second, "3");
}

// That nothing waits is what lets this end at all: nobody reads.
TEST_F(AuditJournalTest, AStuckJournalDelaysNothingAndIsToldWhatItMissed) {
  journal_.start();
  constexpr std::uint64_t kMany = 5'000;  // more than any queue of datagrams holds
  for (std::uint64_t i = 1; i <= kMany; ++i) notes_.note({record(i)});
  EXPECT_EQ(log_.text(), "") << "the log may be the same journal";
  std::uint64_t taken = 0;
  while (!journal_.next().empty()) ++taken;
  ASSERT_GT(taken, 0u);
  ASSERT_LT(taken, kMany);
  notes_.note({record(kMany + 1)});
  EXPECT_EQ(fields_of(journal_.next()).find("JITGATE_CHAIN_SEQ")->second, std::to_string(kMany + 1));
  EXPECT_THAT(journal_.next(), HasSubstr(std::to_string(kMany - taken) + " audit records were not taken"));
}

TEST_F(AuditJournalTest, ARecordThatIsTooLargeIsCounted) {
  journal_.start();
  auto large = record();
  large.event.reason.assign(70'000, 'x');
  notes_.note({large});
  notes_.note({record(8)});
  EXPECT_EQ(fields_of(journal_.next()).find("JITGATE_CHAIN_SEQ")->second, "8");
  EXPECT_THAT(journal_.next(), HasSubstr("1 audit records were not taken"));
}

}  // namespace
}  // namespace jitgate
