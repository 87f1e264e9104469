// A writer killed in the middle of its commits.

#include <signal.h>

#include <array>
#include <boost/asio/detached.hpp>
#include <cstdint>
#include <set>

#include "agent/store/sqlite_store.hpp"
#include "agent/store/threaded_store.hpp"
#include "child_process.hpp"
#include "store_fixture.hpp"
#include "tests/unit/store/load_all.hpp"

namespace jitgate::test {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> commit_for_ever(GrantStore& store, int writer, int acknowledge) {
  for (std::uint32_t n = 0;; ++n) {
    const std::uint32_t number = static_cast<std::uint32_t>(writer) * 1'000'000 + n;
    StoreChange change = adding(record_of("grant-" + std::to_string(number)));
    change.audit.push_back(event_of("grant.open", "grant-" + std::to_string(number)));
    const auto result = co_await store.commit(std::move(change));
    // Writes of this size to a pipe are whole (pipe(7), PIPE_BUF).
    if (!result || ::write(acknowledge, &number, sizeof number) != sizeof number) ::_exit(1);
  }
}

[[noreturn]] void write_until_killed(const std::string& directory, int acknowledge) {
  asio::io_context context;
  auto store = make_threaded_store(directory, context.get_executor());
  for (int writer = 0; writer < 8; ++writer) {
    asio::co_spawn(context, commit_for_ever(*store, writer, acknowledge), asio::detached);
  }
  context.run();
  ::_exit(1);
}

// Kills the writer after it has acknowledged this many, and returns all that it has.
std::set<std::string> kill_after(const std::string& directory, std::size_t acknowledgements) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe[0]);
    write_until_killed(directory, pipe[1]);
  }
  ::close(pipe[1]);
  std::set<std::string> acknowledged;
  std::uint32_t number = 0;
  while (::read(pipe[0], &number, sizeof number) == sizeof number) {
    acknowledged.insert("grant-" + std::to_string(number));
    if (acknowledged.size() == acknowledgements) ::kill(child, SIGKILL);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  ::close(pipe[0]);
  return acknowledged;
}

TEST(StoreCrash, NothingAcknowledgedIsLost) {
  for (const std::size_t count : {1u, 10u, 137u, 500u}) {
    SCOPED_TRACE(count);
    const ScratchDirectory directory;
    const auto acknowledged = kill_after(directory.path(), count);
    ASSERT_GE(acknowledged.size(), count);

    auto store = SqliteStore::open(directory.path());
    ASSERT_TRUE(succeeds(store));
    const LoadedState state = load_all(*store).value();
    EXPECT_TRUE(state.damaged.empty());
    std::set<std::string> stored;
    for (const GrantRecord& record : state.live) stored.insert(record.grant.id);
    EXPECT_TRUE(std::ranges::includes(stored, acknowledged));

    // Each change is whole: as many audit records as grants, and the chain holds.
    AuditCheck progress;
    const auto checked = store->check_audit(progress, 1'000'000);
    ASSERT_TRUE(succeeds(checked));
    EXPECT_EQ(checked->value().records(), stored.size());
  }
}

}  // namespace
}  // namespace jitgate::test
