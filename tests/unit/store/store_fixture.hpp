#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "agent/model/grant_document.hpp"
#include "agent/model/timestamp.hpp"
#include "agent/store/grant_store.hpp"
#include "agent/store/sqlite_database.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate::test {

inline WallTime at(const std::string& text) {
  return parse_timestamp(text).value();
}

inline const WallTime kStart = at("2026-11-21T18:00:00Z");

inline GrantPort port_of(int number, const std::string& source, Duration length) {
  return {PortNumber::from(number).value(), Protocol::tcp, AddressPrefix::parse(source).value(), kStart + length};
}

/// A valid record with one state, all Initiated, for each port.
inline GrantRecord record_of(const std::string& id, std::vector<GrantPort> ports,
                             const std::string& requestor = "alice") {
  const Grant grant{id, {}, "web-17", requestor, {}, kStart, "INC-1234", std::move(ports)};
  GrantRecord record;
  record.document = write_grant_document(grant);
  record.grant = parse_grant_document(record.document).value();
  record.source = "local";
  for (std::size_t i = 0; i < grant.ports.size(); ++i) {
    record.states.push_back(
        {Status::initiated, StatusReason::none, "boot-1", BootTime(std::chrono::hours(1 + i)), {}, false});
  }
  return record;
}

inline GrantRecord record_of(const std::string& id) {
  return record_of(id, {port_of(22, "203.0.113.7", std::chrono::hours(1))});
}

inline PortState ended(StatusReason reason = StatusReason::expired) {
  return {Status::revoked, reason, "boot-1", BootTime(std::chrono::hours(1)), kStart + std::chrono::hours(1), false};
}

inline StoreChange adding(const GrantRecord& record) {
  StoreChange change;
  change.add.push_back(record);
  return change;
}

inline StoreChange updating(const std::string& id, PortState state, std::size_t port = 0) {
  StoreChange change;
  change.update.push_back({id, port, std::move(state)});
  return change;
}

inline AuditEvent event_of(const std::string& operation, const std::string& grant_id = "", WallTime when = kStart) {
  return {0,          when, operation, "Succeeded", "alice (uid 1000)", "pid 42", grant_id, "22/TCP from 203.0.113.7",
          "INC-1234", ""};
}

/// Runs one awaited call to its end.
template <class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> call) {
  std::optional<T> result;
  boost::asio::co_spawn(context, std::move(call), [&](std::exception_ptr failure, T value) {
    if (failure) std::rethrow_exception(failure);
    result.emplace(std::move(value));
  });
  context.restart();
  context.run();
  return std::move(result).value();
}

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// What a power cut at this moment would leave: the files as they are on the disk, without a clean close.
inline void copy_as_after_a_crash(const std::string& from, const std::string& to) {
  for (const auto& file : std::filesystem::directory_iterator(from)) {
    const auto copy = std::filesystem::path(to) / file.path().filename();
    std::filesystem::remove(copy);
    std::filesystem::copy_file(file.path(), copy);
  }
}

/// Somebody else's hand on a store that is closed.
inline void tamper(const ScratchDirectory& directory, const std::string& sql) {
  auto database = SqliteDatabase::open(directory.file("state.db")).value();
  database.keep_changes();
  database.execute(sql, "tamper").value();
}

/// EXPECT that a result is an error of this code whose description holds `part`.
template <class T>
testing::AssertionResult fails_with(const Result<T>& result, errc code, const std::string& part) {
  if (result) return testing::AssertionFailure() << "succeeded";
  const std::string text = describe(result.error());
  if (result.error().code != code) return testing::AssertionFailure() << to_string(result.error().code) << ": " << text;
  if (text.find(part) == std::string::npos)
    return testing::AssertionFailure() << "\"" << text << "\" lacks \"" << part << "\"";
  return testing::AssertionSuccess();
}

template <class T>
testing::AssertionResult succeeds(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << describe(result.error());
}

}  // namespace jitgate::test
