// The audit of the real daemon against whoever has its file, by what the log (or the journal) knows; and what it says.
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <regex>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonAudit : public DaemonTest {
 protected:
  /// Six grants and revocations, and the daemon stopped.
  void make_history() {
    daemon_.start();
    for (int i = 0; i < 6; ++i) (void)daemon_.json({"revoke", daemon_.request("22/tcp", network_.client.ipv4, "10m")});
    ASSERT_EQ(daemon_.stop(), 0);
  }
  /// The last head in the daemon's log.
  [[nodiscard]] std::string head() const {
    const auto log = daemon_.log();
    const std::regex line("audit head ([0-9]+:[0-9a-f]{64})");
    std::string last;
    for (std::sregex_iterator found(log.begin(), log.end(), line), end; found != end; ++found) last = (*found)[1];
    return last;
  }
  void tamper(const std::string& sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((daemon_.state_directory() + "/state.db").c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  /// What the daemon, started over the altered file, says of it.
  ExecResult verify(const std::string& noted = {}) {
    if (!daemon_.runs()) daemon_.start();
    std::vector<std::string> command{"audit", "verify"};
    if (!noted.empty()) command.insert(command.end(), {"--head", noted});
    return daemon_.cli(command);
  }
  void expect_found(const ExecResult& result, const std::string& what) {
    EXPECT_EQ(result.status, 1) << result.out;
    EXPECT_NE(result.err.find(what), std::string::npos) << result.err;
  }
};

TEST_F(DaemonAudit, ATrailThatNobodyTouchedHoldsWhatTheLogKnows) {
  make_history();
  const auto noted = head();
  ASSERT_FALSE(noted.empty());
  const auto verified = verify(noted);
  EXPECT_EQ(verified.status, 0) << verified.err;
  EXPECT_NE(verified.out.find("; head "), std::string::npos);
}

TEST_F(DaemonAudit, AnAlteredRecordIsFound) {
  make_history();
  tamper("UPDATE audit SET caller = 'nobody' WHERE sequence = 4");
  expect_found(verify(), "record 4 was altered");
}

TEST_F(DaemonAudit, ADeletedRecordIsFound) {
  make_history();
  tamper("DELETE FROM audit WHERE sequence = 5");
  expect_found(verify(), "record 5 was removed");
}

TEST_F(DaemonAudit, ExchangedRecordsAreFound) {
  make_history();
  tamper(
      "UPDATE audit SET sequence = 99 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 4;"
      "UPDATE audit SET sequence = 4 WHERE sequence = 99");
  expect_found(verify(), "record 3 was altered or is not in its place");
}

TEST_F(DaemonAudit, ATrailThatWasCutOffNeatlyIsFoundByTheLog) {
  make_history();
  const auto noted = head();
  // As if the last four had never been: the chain by itself has nothing to say against it.
  tamper(
      "DELETE FROM audit WHERE sequence > (SELECT max(sequence) - 4 FROM audit);"
      "UPDATE audit_head SET (sequence, hash) = (SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1)");
  EXPECT_EQ(verify().status, 0);
  const auto found = verify(noted);
  const auto number = noted.substr(0, noted.find(':'));
  EXPECT_EQ(found.status, 1) << found.out;
  // The daemon has written on, from where the trail was cut: that far or further.
  const bool named =
      found.err.find("records up to " + number + ", which was noted, were removed") != std::string::npos ||
      found.err.find("record " + number + " is not the one that was noted") != std::string::npos;
  EXPECT_TRUE(named) << found.err;
}

TEST_F(DaemonAudit, AnotherDaemonsDatabaseIsFoundByTheLog) {
  make_history();
  const auto noted = head();
  Daemon other(network_.stranger);
  other.start();
  for (int i = 0; i < 8; ++i) (void)other.cli({"revoke", other.request("22/tcp", network_.client.ipv4, "10m")});
  ASSERT_EQ(other.stop(), 0);
  for (const auto& file : std::filesystem::directory_iterator(daemon_.state_directory()))
    if (file.path().filename().string().starts_with("state.db")) std::filesystem::remove(file);
  std::filesystem::copy_file(other.state_directory() + "/state.db", daemon_.state_directory() + "/state.db");
  EXPECT_EQ(verify().status, 0) << "it is whole in itself";
  expect_found(verify(noted), "is not the one that was noted");
}

TEST_F(DaemonAudit, FiltersFindWhatWasDone) {
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  (void)daemon_.request("23/udp", network_.client.ipv4, "10m");
  (void)daemon_.cli({"request", "--port", "23/tcp", "--source", network_.client.ipv4, "--duration", "100h"});
  const auto count = [&](std::vector<std::string> filters) {
    filters.insert(filters.begin(), "audit");
    return daemon_.json(filters).as_array().size();
  };
  EXPECT_EQ(count({"--grant", id}), 1U);
  EXPECT_EQ(count({"--port", "22"}), 1U);
  EXPECT_EQ(count({"--port", "23"}), 2U) << "one of them refused";
  EXPECT_EQ(count({"--port", "23/tcp"}), 1U);
  EXPECT_EQ(count({"--user", "root", "--since", "1h"}), 3U);
  EXPECT_EQ(count({"--user", "jitgated"}), 1U) << "its start";
  EXPECT_EQ(count({"--user", "root", "--until", "1h"}), 0U);
  EXPECT_EQ(count({"--limit", "2"}), 2U);
  EXPECT_NE(daemon_.cli({"audit", "--limit", "2"}).err.find("older records: --before"), std::string::npos);
  const auto status = daemon_.status();
  const auto lately = status.at("ports").at(0).at("lastSevenDays");
  EXPECT_EQ(lately.at("approvedRequests").as_int64(), 1);
  EXPECT_EQ(text(lately, "lastUser"), "root");
}

TEST_F(DaemonAudit, RecordsNameTheRulesetOfTheKernel) {
  daemon_.start();
  const auto generation = [&](const std::string& operation) {
    const auto events = daemon_.json({"audit"});
    for (const auto& event : events.as_array()) {
      if (text(event, "operation") == operation) return event.at("generation").to_number<std::int64_t>();
    }
    return std::int64_t{0};
  };
  (void)daemon_.json({"revoke", daemon_.request("22/tcp", network_.client.ipv4, "10m")});
  EXPECT_GT(generation("grant.open"), 0);
  EXPECT_GT(generation("grant.revoke"), generation("grant.open"));
}

/// The journal's end of its socket, where the daemon alone finds it.
class PlayedJournal {
 public:
  explicit PlayedJournal(const MountNamespace& mounts) {
    mounts.run([this] {
      std::filesystem::create_directories("/run");
      if (::mount("journal", "/run", "tmpfs", 0, "size=1m,mode=0755") != 0) throw std::runtime_error("mount /run");
      std::filesystem::create_directories("/run/systemd/journal");
      socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      sockaddr_un address{AF_UNIX, "/run/systemd/journal/socket"};
      if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("bind the journal");
    });
  }
  ~PlayedJournal() { ::close(socket_); }
  PlayedJournal(const PlayedJournal&) = delete;
  PlayedJournal& operator=(const PlayedJournal&) = delete;

  /// Everything that has come.
  std::vector<std::string> entries() const {
    std::vector<std::string> all;
    std::string bytes(1 << 17, '\0');
    for (;;) {
      const auto size = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size <= 0) return all;
      all.push_back(bytes.substr(0, static_cast<std::size_t>(size)));
    }
  }

 private:
  int socket_ = -1;
};

TEST_F(DaemonAudit, EveryRecordIsInTheJournal) {
  const PlayedJournal journal(daemon_.mounts());
  daemon_.settings.audit = "journald: true";
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  const auto entries = journal.entries();
  ASSERT_EQ(entries.size(), 2U) << "the start, and the grant";
  const auto& opened = entries.back();
  for (const std::string field : {"JITGATE_EVENT=grant.open\n", "JITGATE_PORT=22/TCP\n", "JITGATE_CALLER=root\n",
                                  "JITGATE_STATUS=Succeeded\n", "JITGATE_CHAIN_SEQ=2\n"})
    EXPECT_NE(opened.find(field), std::string::npos) << field << opened;
  EXPECT_NE(opened.find("JITGATE_GRANT=" + id + "\n"), std::string::npos);
  EXPECT_EQ(daemon_.log().find("audit head"), std::string::npos) << "not twice";
  std::smatch hash;
  ASSERT_TRUE(std::regex_search(opened, hash, std::regex("JITGATE_CHAIN_HASH=([0-9a-f]{64})\n")));
  EXPECT_EQ(daemon_.cli({"audit", "verify", "--head", "2:" + hash[1].str()}).status, 0);
}

// Nobody reads: soon the socket takes nothing more.
TEST_F(DaemonAudit, AJournalThatIsStuckHoldsNothingUp) {
  const PlayedJournal journal(daemon_.mounts());
  daemon_.settings.audit = "journald: true";
  daemon_.start();
  std::string id;
  for (int i = 0; i < 400; ++i) {
    if (daemon_.json({"request", "--port", "22/tcp", "--source", network_.client.ipv4, "--duration", "10m"})
            .at("open")
            .as_bool())
      continue;
    FAIL() << "request " << i;
  }
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_EQ(daemon_.state(), "enforcing");
  EXPECT_LT(journal.entries().size(), 700U) << "it was not stuck at all";
}

}  // namespace
}  // namespace jitgate::netns
