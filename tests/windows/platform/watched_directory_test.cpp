#include "platform/watched_directory.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstring>

#include "platform/windows/directory_watch.hpp"
#include "platform/windows/windows_handle.hpp"
#include "windows_fixture.hpp"

namespace jitgate::test {
namespace {

using namespace std::chrono_literals;
using Kind = DirectoryChange::Kind;

class WindowsDirectory : public testing::Test {
 protected:
  WindowsDirectory() { set_access(directory.path(), L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"); }

  boost::asio::io_context context;
  ScratchDirectory directory;
  std::vector<DirectoryChange> changes;

  Result<std::unique_ptr<WatchedDirectory>> open() {
    return watch_directory(context.get_executor(), directory.path(),
                           [this](const DirectoryChange& change) { changes.push_back(change); });
  }
  void put(const std::string& name, const std::string& content) {
    write_file(directory.file(name), content);
    set_access(directory.file(name), kOursAlone);
  }
  bool hears(const DirectoryChange& expected) {
    const auto end = std::chrono::steady_clock::now() + 1min;
    const auto heard = [&] { return std::ranges::find(changes, expected) != changes.end(); };
    while (!heard() && std::chrono::steady_clock::now() < end) context.run_one_for(100ms);
    return heard();
  }
};

TEST_F(WindowsDirectory, ListsEveryNameOnce) {
  std::vector<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    expected.push_back("grant-with-a-longer-name-" + std::to_string(1000 + i) + ".json");
    write_file(directory.file(expected.back()), "{}");
  }
  const auto opened = open();
  ASSERT_TRUE(succeeds(opened));
  for (int round = 0; round < 2; ++round) {
    std::vector<std::string> names;
    (*opened)->rewind();
    for (auto some = (*opened)->next_names(256).value(); !some.empty(); some = (*opened)->next_names(256).value())
      std::ranges::copy(some, std::back_inserter(names));
    std::ranges::sort(names);
    EXPECT_EQ(names, expected);
    expected.push_back("one-more.json");
    write_file(directory.file(expected.back()), "{}");
  }
}

TEST_F(WindowsDirectory, ReadsWhatOnlyWeMayChange) {
  put("a.json", "content");
  const auto opened = open();
  ASSERT_TRUE(succeeds(opened));
  EXPECT_EQ((*opened)->read("a.json", 64).value(), "content");
  EXPECT_TRUE(fails_with((*opened)->read("a.json", 6), errc::system_failed, "larger than 6 bytes"));
  EXPECT_TRUE(fails_with((*opened)->read("none", 64), errc::not_found, "is not there"));
  set_access(directory.file("a.json"), kEverybodyWrites);
  EXPECT_TRUE(fails_with((*opened)->read("a.json", 64), errc::system_failed, "may be changed by others"));
}

TEST_F(WindowsDirectory, ReadsNothingThatLiesElsewhere) {
  put("a.json", "content");
  std::filesystem::create_directory(directory.file("inside"));
  const auto opened = open();
  ASSERT_TRUE(succeeds(opened));
  for (const char* name : {"..\\a.json", "inside/../a.json", "a.json:stream"})
    EXPECT_TRUE(fails_with((*opened)->read(name, 64), errc::not_found, "is not there")) << name;
  EXPECT_FALSE((*opened)->read("inside", 64));
}

TEST_F(WindowsDirectory, WhatSomebodyWritesAloneIsBeingWritten) {
  put("a.json", "content");
  const auto opened = open();
  ASSERT_TRUE(succeeds(opened));
  const WindowsHandle alone(
      ::CreateFileW(wide_path(directory.file("a.json")).c_str(), GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr));
  ASSERT_TRUE(alone);
  EXPECT_TRUE(fails_with((*opened)->read("a.json", 64), errc::conflict, "is being written"));
}

TEST_F(WindowsDirectory, TellsWhatHappens) {
  const auto opened = open();
  ASSERT_TRUE(succeeds(opened));
  write_file(directory.file("a.json"), "{}");
  EXPECT_TRUE(hears({Kind::entry, "a.json"}));
  changes.clear();
  std::filesystem::rename(directory.file("a.json"), directory.file("b.json"));
  EXPECT_TRUE(hears({Kind::entry, "b.json"}));
  changes.clear();
  std::filesystem::remove(directory.file("b.json"));
  EXPECT_TRUE(hears({Kind::entry, "b.json"}));
}

TEST_F(WindowsDirectory, IsSilentOnceItIsGone) {
  {
    const auto opened = open();
    ASSERT_TRUE(succeeds(opened));
  }
  write_file(directory.file("a.json"), "{}");
  context.run_for(100ms);
  EXPECT_TRUE(changes.empty());
}

TEST_F(WindowsDirectory, OneThatOthersMayChangeIsRefused) {
  set_access(directory.path(), L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)");
  EXPECT_TRUE(fails_with(open(), errc::system_failed, "may be changed by others"));
}

TEST_F(WindowsDirectory, AnotherDirectoryInItsPlaceIsNoticed) {
  std::filesystem::create_directory(directory.file("spool"));
  const auto opened = watch_directory(context.get_executor(), directory.file("spool"), [](const DirectoryChange&) {});
  ASSERT_TRUE(succeeds(opened));
  ASSERT_TRUE(succeeds((*opened)->check()));
  std::filesystem::rename(directory.file("spool"), directory.file("moved"));
  EXPECT_FALSE((*opened)->check());
  std::filesystem::create_directory(directory.file("spool"));
  EXPECT_TRUE(fails_with((*opened)->check(), errc::system_failed, "is another directory now"));
}

TEST_F(WindowsDirectory, WhatIsNoneIsRefused) {
  EXPECT_TRUE(fails_with(watch_directory(context.get_executor(), directory.file("none"), [](const DirectoryChange&) {}),
                         errc::not_found, "cannot be opened"));
  put("file", "x");
  EXPECT_TRUE(fails_with(watch_directory(context.get_executor(), directory.file("file"), [](const DirectoryChange&) {}),
                         errc::system_failed, "is not a directory"));
}

/// One entry as FILE_NOTIFY_INFORMATION has it.
std::vector<std::byte> notification(const std::wstring& name, DWORD next = 0) {
  const DWORD head[] = {next, FILE_ACTION_MODIFIED, static_cast<DWORD>(name.size() * sizeof(wchar_t))};
  std::vector<std::byte> bytes(sizeof head + head[2]);
  std::memcpy(bytes.data(), head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, name.data(), head[2]);
  return bytes;
}

TEST(Notifications, EachIsAnEntry) {
  auto bytes = notification(L"ab", 16);
  const auto second = notification(L"\u20ac");
  bytes.insert(bytes.end(), second.begin(), second.end());
  const std::vector<DirectoryChange> expected{{Kind::entry, "ab"}, {Kind::entry, "\xE2\x82\xAC"}};
  EXPECT_EQ(parse_notifications(bytes), expected);
}

TEST(Notifications, AShortNameStandsForAnything) {
  EXPECT_EQ(parse_notifications(notification(L"GRANT~1.JSO")), std::vector<DirectoryChange>{{Kind::lost}});
}

TEST(Notifications, WhatIsCutOffCountsAsLost) {
  const auto whole = notification(L"name");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto changes = parse_notifications(std::span(whole).first(size));
    EXPECT_EQ(changes, std::vector<DirectoryChange>{{Kind::lost}}) << size;
  }
  const auto beyond = notification(L"name", 1000);
  EXPECT_EQ(parse_notifications(beyond), std::vector<DirectoryChange>{{Kind::lost}});
}

}  // namespace
}  // namespace jitgate::test
