#include "platform/watched_directory.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "platform/linux/directory_watch.hpp"
#include "tests/file_clock.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Kind = DirectoryChange::Kind;
namespace fs = std::filesystem;

class Watched : public ::testing::Test {
 protected:
  Watched() { open(); }

  void open() {
    auto opened = watch_directory(context_.get_executor(), scratch_.path(),
                                  [this](const DirectoryChange& change) { changes_.push_back(change); });
    ASSERT_TRUE(opened) << describe(opened.error());
    directory_ = std::move(*opened);
  }
  void write(const std::string& name, const std::string& text = "text") const {
    std::ofstream(scratch_.file(name)) << text;
  }
  std::string why(const std::string& name, std::size_t limit = 100) {
    const auto read = directory_->read(name, limit);
    return read ? "read" : read.error().message;
  }
  std::vector<std::string> all_names(std::size_t at_once) {
    std::vector<std::string> names;
    directory_->rewind();
    for (;;) {
      const auto some = directory_->next_names(at_once);
      if (!some || some->empty()) return names;
      names.insert(names.end(), some->begin(), some->end());
    }
  }
  /// Changes until there are so many.
  std::vector<DirectoryChange> wait_for(std::size_t count) {
    while (changes_.size() < count && context_.run_one_for(30s) > 0) {
    }
    return std::exchange(changes_, {});
  }

  ScratchDirectory scratch_;
  boost::asio::io_context context_{1};
  std::vector<DirectoryChange> changes_;
  std::unique_ptr<WatchedDirectory> directory_;
};

TEST_F(Watched, ReadsWhatATrustedUserWrote) {
  write("a", "hello");
  EXPECT_EQ(directory_->read("a", 5).value(), "hello");
  EXPECT_EQ(why("a", 4), "is larger than 4 bytes");
  write("large", std::string(100'000, 'x'));
  EXPECT_EQ(directory_->read("large", 100'000).value().size(), 100'000U);
  write("empty", "");
  EXPECT_EQ(directory_->read("empty", 5).value(), "");
  EXPECT_EQ(directory_->read("none", 5).error().code, errc::not_found);
}

TEST_F(Watched, FollowsNoLinkAndWaitsForNoPipe) {
  write("a");
  fs::create_symlink("a", scratch_.file("link"));
  fs::create_symlink("/etc/shadow", scratch_.file("shadow"));
  fs::create_directory(scratch_.file("folder"));
  ASSERT_EQ(::mkfifo(scratch_.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(why("link"), "is a symbolic link");
  EXPECT_EQ(why("shadow"), "is a symbolic link");
  EXPECT_EQ(why("folder"), "is not a regular file");
  EXPECT_EQ(why("pipe"), "is not a regular file");
  if (::mknod(scratch_.file("zero").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0) {
    EXPECT_EQ(why("zero"), "is not a regular file");
  }
}

TEST_F(Watched, TrustsNobodyElse) {
  write("a");
  for (const mode_t mode : {0620, 0602, 0666}) {
    ::chmod(scratch_.file("a").c_str(), mode);
    EXPECT_THAT(why("a"), HasSubstr("may be changed by others")) << std::oct << mode;
    ::chmod(scratch_.path().c_str(), mode | 0700);
    EXPECT_THAT(directory_->check().error().message, HasSubstr("may be changed by others")) << std::oct << mode;
    EXPECT_FALSE(watch_directory(context_.get_executor(), scratch_.path(), [](const auto&) {}));
  }
  ::chmod(scratch_.path().c_str(), 0755);
  ::chmod(scratch_.file("a").c_str(), 0644);
  EXPECT_EQ(why("a"), "read");
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  ASSERT_EQ(::chown(scratch_.file("a").c_str(), 12345, 12345), 0);
  EXPECT_EQ(why("a"), "belongs to another user than root");
  ASSERT_EQ(::chown(scratch_.path().c_str(), 12345, 12345), 0);
  EXPECT_EQ(directory_->check().error().message, "belongs to another user than root");
  EXPECT_FALSE(watch_directory(context_.get_executor(), scratch_.path(), [](const auto&) {}));
}

TEST_F(Watched, ListsEachEntryOnce) {
  for (int i = 0; i < 50; ++i) write("file" + std::to_string(i));
  EXPECT_EQ(all_names(7).size(), 50U);
  EXPECT_EQ(all_names(1000).size(), 50U);
  fs::remove_all(scratch_.file("file0"));
  EXPECT_EQ(all_names(10).size(), 49U);
}

TEST_F(Watched, HasAnotherStampAfterAChange) {
  const FileStamp before = directory_->check().value();
  wait_for_file_clock(scratch_.path(), scratch_.path() + "-probe");
  write("a");
  EXPECT_NE(directory_->check().value(), before);
  fs::remove(scratch_.path() + "-probe");
}

TEST_F(Watched, IsStillThereUntilItIsNot) {
  EXPECT_TRUE(directory_->check());
  const std::string moved = scratch_.path() + "-moved";
  fs::rename(scratch_.path(), moved);
  EXPECT_EQ(directory_->check().error().code, errc::not_found);
  EXPECT_THAT(wait_for(1), ElementsAre(DirectoryChange{Kind::directory}));
  fs::create_directory(scratch_.path());
  EXPECT_THAT(directory_->check().error().message, HasSubstr("is another directory now"));
  fs::remove_all(moved);
  directory_.reset();
}

TEST_F(Watched, ThatIsAFileOrNothingCannotBeOpened) {
  write("a");
  const auto open_at = [&](const std::string& path) {
    return watch_directory(context_.get_executor(), path, [](const auto&) {});
  };
  EXPECT_THAT(describe(open_at(scratch_.file("a")).error()), HasSubstr("/a: cannot be opened: Not a directory"));
  EXPECT_EQ(open_at(scratch_.file("none")).error().code, errc::not_found);
}

TEST_F(Watched, TellsWhatHappensInIt) {
  const DirectoryChange a{Kind::entry, "a"};
  const DirectoryChange b{Kind::entry, "b"};
  write("a");
  EXPECT_THAT(wait_for(2), ElementsAre(a, a)) << "created, and written";
  fs::rename(scratch_.file("a"), scratch_.file("b"));
  EXPECT_THAT(wait_for(2), ElementsAre(a, b));
  ::chmod(scratch_.file("b").c_str(), 0600);
  EXPECT_THAT(wait_for(1), ElementsAre(b));
  fs::create_hard_link(scratch_.file("b"), scratch_.file("a"));
  EXPECT_THAT(wait_for(1), ElementsAre(a));
  fs::remove(scratch_.file("b"));
  EXPECT_THAT(wait_for(1), ElementsAre(b));
  ::chmod(scratch_.path().c_str(), 0700);
  EXPECT_THAT(wait_for(1), ElementsAre(DirectoryChange{Kind::directory}));
}

TEST_F(Watched, TellsNothingAfterItsEnd) {
  write("a");
  directory_.reset();
  while (context_.run_one_for(10ms) > 0) {
  }
  EXPECT_THAT(changes_, IsEmpty());
}

std::string event(std::uint32_t mask, const std::string& name) {
  inotify_event head{1, mask, 0, static_cast<std::uint32_t>(name.size())};
  std::string bytes(sizeof head, '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  return bytes + name;
}

TEST(InotifyEvents, TellWhatWasLost) {
  const std::string padded("a\0\0\0", 4);
  const std::string bytes = event(IN_CLOSE_WRITE, padded) + event(IN_Q_OVERFLOW, "") + event(IN_DELETE, padded) +
                            event(IN_DELETE_SELF, "") + event(IN_IGNORED, "") + event(IN_UNMOUNT, "");
  EXPECT_THAT(parse_inotify(bytes), ElementsAre(DirectoryChange{Kind::entry, "a"}, DirectoryChange{Kind::lost},
                                                DirectoryChange{Kind::entry, "a"}, DirectoryChange{Kind::directory},
                                                DirectoryChange{Kind::directory}, DirectoryChange{Kind::directory}));
  EXPECT_THAT(parse_inotify({}), IsEmpty());
}

TEST(InotifyEvents, ThatAreCutOffAreLost) {
  const std::string whole = event(IN_CLOSE_WRITE, std::string("a\0\0\0", 4));
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_THAT(parse_inotify({whole.data(), size}), ElementsAre(DirectoryChange{Kind::lost})) << size;
}

}  // namespace
}  // namespace jitgate
