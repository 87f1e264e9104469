#include "platform/windows/directory_watch.hpp"

#include <array>
#include <boost/asio/windows/overlapped_ptr.hpp>
#include <boost/asio/windows/random_access_handle.hpp>
#include <cstring>

#include "platform/windows/trusted_directory.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

namespace asio = boost::asio;

constexpr DWORD kChanges = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_ATTRIBUTES |
                           FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE | FILE_NOTIFY_CHANGE_SECURITY;

/// Outlives the directory where what it tells makes its owner destroy it, and until the system has let go of the
/// buffer.
struct Watch {
  Watch(const asio::any_io_executor& executor, WindowsHandle handle, OnDirectoryChange on)
      : directory(executor, handle.release()), on_change(std::move(on)) {}

  asio::windows::random_access_handle directory;
  alignas(DWORD) std::array<std::byte, 64 * 1024> buffer;
  OnDirectoryChange on_change;  ///< empty: nobody listens any more
  bool over = false;            ///< nothing more will be heard
};

void heard(const std::shared_ptr<Watch>& watch, const boost::system::error_code& failed, std::size_t bytes);

/// ERROR_SUCCESS: heard() will be called.
DWORD listen(const std::shared_ptr<Watch>& watch) {
  asio::windows::overlapped_ptr operation(
      watch->directory.get_executor(),
      [watch](const boost::system::error_code& failed, std::size_t bytes) { heard(watch, failed, bytes); });
  if (::ReadDirectoryChangesW(watch->directory.native_handle(), watch->buffer.data(),
                              static_cast<DWORD>(watch->buffer.size()), FALSE, kChanges, nullptr, operation.get(),
                              nullptr) == FALSE &&
      ::GetLastError() != ERROR_IO_PENDING)
    return ::GetLastError();
  operation.release();
  return ERROR_SUCCESS;
}

void tell(const Watch& watch, const DirectoryChange& change) {
  const OnDirectoryChange on_change = watch.on_change;
  if (on_change) on_change(change);
}

void end(Watch& watch) {
  watch.over = true;
  tell(watch, {DirectoryChange::Kind::directory});
}

/// No bytes: more has happened than the buffer holds.
void heard(const std::shared_ptr<Watch>& watch, const boost::system::error_code& failed, std::size_t bytes) {
  if (!watch->on_change) return;
  const bool overflow = failed.value() == ERROR_NOTIFY_ENUM_DIR || (!failed && bytes == 0);
  if (failed && !overflow) return end(*watch);
  std::vector<DirectoryChange> changes{{DirectoryChange::Kind::lost}};
  if (!overflow) changes = parse_notifications(std::span(watch->buffer).first(bytes));
  // What happens from here on is kept by the system for the next answer.
  if (listen(watch) != ERROR_SUCCESS) return end(*watch);
  for (const DirectoryChange& change : changes) tell(*watch, change);
}

class NotifiedDirectory final : public WatchedDirectory {
 public:
  NotifiedDirectory(TrustedDirectory directory, std::shared_ptr<Watch> watch)
      : directory_(std::move(directory)), watch_(std::move(watch)) {}
  ~NotifiedDirectory() override {
    watch_->on_change = nullptr;
    boost::system::error_code ignored;
    watch_->directory.close(ignored);
  }

  [[nodiscard]] Result<FileStamp> check() override {
    if (watch_->over) return error(errc::system_failed, "cannot be watched any more");
    return directory_.check();
  }
  void rewind() override { directory_.rewind(); }
  [[nodiscard]] Result<std::vector<std::string>> next_names(std::size_t most) override {
    return directory_.next_names(most);
  }
  [[nodiscard]] Result<std::string> read(const std::string& name, std::size_t limit) override {
    return directory_.read(name, limit);
  }

 private:
  TrustedDirectory directory_;
  std::shared_ptr<Watch> watch_;
};

DirectoryChange change_of(std::wstring_view name) {
  if (name.find(L'~') != std::wstring_view::npos) return {DirectoryChange::Kind::lost};
  return {DirectoryChange::Kind::entry, utf8_text(name)};
}

}  // namespace

std::vector<DirectoryChange> parse_notifications(std::span<const std::byte> buffer) {
  constexpr std::size_t kHead = offsetof(FILE_NOTIFY_INFORMATION, FileName);
  std::vector<DirectoryChange> changes;
  for (;;) {
    FILE_NOTIFY_INFORMATION entry{};
    const bool whole = buffer.size() >= kHead;
    if (whole) std::memcpy(&entry, buffer.data(), kHead);
    if (!whole || buffer.size() - kHead < entry.FileNameLength || entry.NextEntryOffset > buffer.size()) {
      changes.push_back({DirectoryChange::Kind::lost});
      return changes;
    }
    std::wstring name(entry.FileNameLength / sizeof(wchar_t), L'\0');
    std::memcpy(name.data(), buffer.data() + kHead, name.size() * sizeof(wchar_t));
    changes.push_back(change_of(name));
    if (entry.NextEntryOffset == 0) return changes;
    buffer = buffer.subspan(entry.NextEntryOffset);
  }
}

Result<std::unique_ptr<WatchedDirectory>> watch_directory(asio::any_io_executor executor, const std::string& path,
                                                          OnDirectoryChange on_change) {
  auto directory = TrustedDirectory::open(path);
  if (!directory) return directory.error();
  auto handle = directory->open_for_watching();
  if (!handle) return handle.error();
  auto watch = std::make_shared<Watch>(executor, std::move(*handle), std::move(on_change));
  if (const DWORD failed = listen(watch); failed != ERROR_SUCCESS)
    return windows_error(failed, "cannot be watched", path);
  return std::make_unique<NotifiedDirectory>(std::move(*directory), std::move(watch));
}

}  // namespace jitgate
