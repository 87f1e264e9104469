// A process loses its locks on a file where it closes any descriptor of it (fcntl(2)).
#include <fcntl.h>

#include "agent/store/page_check.hpp"
#include "agent/store/sqlite_store.hpp"
#include "child_process.hpp"
#include "store_fixture.hpp"

namespace jitgate::test {
namespace {

void expect_locked(const std::string& path) {
  in_child([&] {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    struct flock asked {};
    asked.l_type = F_WRLCK;
    asked.l_whence = SEEK_SET;
    ASSERT_EQ(::fcntl(fd, F_GETLK, &asked), 0);
    EXPECT_NE(asked.l_type, F_UNLCK);
  });
}

TEST(PageCheckLock, StaysWithTheStoreWhenTheCheckIsOver) {
  const ScratchDirectory directory;
  // Where a URI's path ends; no name on Windows, so not with the other tests.
  const std::string state = directory.file("what?");
  std::filesystem::create_directory(state);
  const std::string file = state + "/state.db";
  {
    auto store = SqliteStore::open(state).value();
    StoreChange change;
    for (int i = 0; i < 2'000; ++i) change.add.push_back(record_of("grant-" + std::to_string(i)));
    store.apply(std::span(&change, 1)).front().value();
  }
  const auto store = SqliteStore::open(state, MissingFile::refuse, PageCheck::with_load).value();
  expect_locked(file);
  auto check = check_pages_beside(file);
  ASSERT_TRUE(check.valid());
  EXPECT_TRUE(succeeds(check.get().value()));
  expect_locked(file);
}

}  // namespace
}  // namespace jitgate::test
