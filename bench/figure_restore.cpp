#include <sqlite3.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <memory>

#include "agent/model/grant_document.hpp"
#include "agent/store/threaded_store.hpp"
#include "bench/daemon_process.hpp"
#include "bench/figures.hpp"
#include "bench/firewall.hpp"
#include "bench/network.hpp"
#include "bench/raw_netlink.hpp"
#include "bench/ruleset_events.hpp"
#include "platform/system_clock.hpp"

namespace jitgate::bench {
namespace {

constexpr std::size_t kGrants = 10'000;
constexpr double kMillisecond = 1000;
constexpr const char* kRawTable = "raw";
constexpr const char* kRawSet = "allow4_32";
constexpr const char* kRows =
    "SELECT g.row, g.id, g.digest, g.document, g.source, g.requestor, g.starts_at, g.ends_at, p.port, p.status, "
    "p.reason, p.boot_id, p.boot_deadline, p.ended_at, p.cut_pending FROM grants g JOIN grant_ports p ON p.grant_row = "
    "g.row WHERE p.status = 'Initiated' ORDER BY g.row, p.port";

GrantRecord make_record(std::uint32_t host, const Clock& clock) {
  const WallTime now = clock.wall_now();
  const auto key = allow_key(host);
  Grant grant{new_grant_id(now), {}, DaemonProcess::kHost, "requester@example.com", {}, now, "INC-1234", {}};
  grant.ports.push_back({key.port.number, Protocol::tcp, key.source, now + std::chrono::hours(2)});
  GrantRecord record{std::move(grant), {}, "local", {}};
  record.document = write_grant_document(record.grant);
  record.grant.digest = sha256(record.document);
  PortState& state = record.states.emplace_back();
  state.boot_id = clock.boot_id();
  state.boot_deadline = clock.boot_now() + std::chrono::hours(2);
  return record;
}

void fill_store(const std::string& directory) {
  std::filesystem::create_directories(directory);
  const auto clock = make_system_clock();
  StoreChange change;
  for (const std::uint32_t host : hosts_of_ten(0, kGrants)) change.add.push_back(make_record(host, *clock));
  boost::asio::io_context context;
  const auto store = make_threaded_store(directory, context.get_executor());
  boost::asio::co_spawn(context, store->commit(std::move(change)),
                        [](std::exception_ptr, const Result<void>& written) { must(written); });
  context.run();
}

/// Reads every column of every live grant and keeps it, as a program must that is to do something with it.
std::size_t read_rows(const std::string& path) {
  sqlite3* database = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) fail("open " + path);
  if (sqlite3_prepare_v2(database, kRows, -1, &statement, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(database));
  std::vector<std::vector<std::string>> rows;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    auto& row = rows.emplace_back();
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      row.emplace_back(bytes == nullptr ? "" : bytes, size);
    }
  }
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return rows.size();
}

struct Limit {
  double read;
  double load;
};

/// In a network where somebody listens for changes, as the daemon does too.
Limit measure_limit(const std::string& state, const std::string& directory) {
  const Network network;
  run_nft(RawNetlink::ruleset(kRawTable, kRawSet), directory);
  RulesetEvents events;
  RawNetlink raw(kRawTable, kRawSet);
  const auto hosts = hosts_of_ten(0, kGrants);
  Limit limit{};
  std::size_t rows = 0;
  limit.read = microseconds([&] { rows = read_rows(state + "/state.db"); });
  limit.load = microseconds([&] { raw.open(hosts); });
  if (rows != kGrants) fail("the store does not hold what it should");
  return limit;
}

double measure_daemon(const Options& options, const std::string& directory) {
  const Network network;
  RulesetEvents events;
  std::unique_ptr<DaemonProcess> daemon;
  const double took = microseconds([&] {
    daemon = std::make_unique<DaemonProcess>(options.daemon, directory);
    events.await_elements("allow4_32", kGrants);
  });
  daemon->await_ready();
  return took;
}

}  // namespace

Figure measure_restore(const Options& options) {
  Figure figure{"10,000 stored grants into the kernel",
                "ms",
                {{"the limit: both of the next", {}, ""},
                 {"  reading the same rows with SQLite", {}, ""},
                 {"  raw netlink, all of them in one transaction", {}, ""},
                 {"jitgated, from exec to the last grant", {}, "<= 1.5"}}};
  const std::string directory = options.directory + "/restore";
  const std::string state = DaemonProcess::state_directory(directory);
  fill_store(state);
  for (int round = 0; round < options.rounds; ++round) {
    const Limit limit = measure_limit(state, options.directory);
    figure.lines[0].samples.add((limit.read + limit.load) / kMillisecond);
    figure.lines[1].samples.add(limit.read / kMillisecond);
    figure.lines[2].samples.add(limit.load / kMillisecond);
    figure.lines[3].samples.add(measure_daemon(options, directory) / kMillisecond);
  }
  return figure;
}

}  // namespace jitgate::bench
