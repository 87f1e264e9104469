#include "agent/store/page_check.hpp"

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "agent/store/schema.hpp"
#include "agent/store/sqlite_database.hpp"

namespace jitgate {
namespace {

constexpr std::uintmax_t kWorthAThread = 1024 * 1024;  // some milliseconds of checking

/// Of a file that is not there: nothing. nullopt: it is not known.
std::optional<std::uintmax_t> size_of(const std::string& path) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  if (!failed) return size;
  return failed == std::errc::no_such_file_or_directory ? std::optional<std::uintmax_t>(0) : std::nullopt;
}

}  // namespace

std::future<PageVerdict> check_pages_beside(const std::string& path) {
  if (size_of(path).value_or(0) < kWorthAThread || size_of(path + "-wal") != 0U) return {};
  // Without another thread it is done where the answer is taken.
  return std::async(std::launch::async | std::launch::deferred, [path]() -> PageVerdict {
    auto database = SqliteDatabase::open_unchanging(path);
    // As the store's own: an unreadable page is an error, and no signal.
    if (!database || !database->execute("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;", "check the store")) {
      return std::nullopt;
    }
    return check_pages(*database);
  });
}

}  // namespace jitgate
