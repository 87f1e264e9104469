#include "agent/store/page_check.hpp"

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "agent/store/schema.hpp"
#include "agent/store/sqlite_database.hpp"

namespace jitgate {
namespace {

constexpr std::uintmax_t kWorthAThread = 1024 * 1024;  // some milliseconds of checking

/// Of a file that is not there: nothing.
std::uintmax_t size_of(const std::string& path) {
  std::error_code missing;
  const std::uintmax_t size = std::filesystem::file_size(path, missing);
  return missing ? 0 : size;
}

}  // namespace

std::future<PageVerdict> check_pages_beside(const std::string& path) {
  if (size_of(path) < kWorthAThread || size_of(path + "-wal") != 0) return {};
  // Without another thread it is done where the answer is taken.
  return std::async(std::launch::async | std::launch::deferred, [path]() -> PageVerdict {
    auto database = SqliteDatabase::open_unchanging(path);
    if (!database) return std::nullopt;
    return check_pages(*database);
  });
}

}  // namespace jitgate
