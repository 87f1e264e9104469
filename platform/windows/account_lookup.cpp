#include "platform/windows/account_lookup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "platform/windows/pipe_client.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;

/// Runs when the scope ends, however that happens.
template <class Action>
class AtEnd {
 public:
  explicit AtEnd(Action action) : action_(std::move(action)) {}
  ~AtEnd() { action_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  Action action_;
};

}  // namespace

/// What is to be asked, shared with the threads that ask. They are nobody's: no call of theirs can be ended early, and
/// the daemon's end must not wait for a controller.
struct AccountLookup::Desk : std::enable_shared_from_this<Desk> {
  using Question = std::function<void(AccountNames&)>;

  Desk(std::shared_ptr<AccountNames> answers, std::function<void()> when_answered)
      : names(std::move(answers)), on_answer(std::move(when_answered)) {}

  /// One that is under way is not asked again.
  void put(std::string about, Question question) {
    const std::lock_guard lock(mutex);
    if (!on_answer || !open.insert(about).second) return;
    questions.emplace_back(std::move(about), std::move(question));
    if (threads >= kThreads) return;
    std::thread([desk = shared_from_this()] { desk->work(); }).detach();
    ++threads;
  }

  void close() {
    const std::lock_guard lock(mutex);
    on_answer = nullptr;
    questions.clear();
  }

  void work() {
    std::unique_lock lock(mutex);
    while (!questions.empty()) {
      const auto [about, question] = std::move(questions.front());
      questions.pop_front();
      lock.unlock();
      question(*names);
      lock.lock();
      open.erase(about);
      if (on_answer) on_answer();
    }
    --threads;
  }

  const std::shared_ptr<AccountNames> names;
  std::mutex mutex;
  std::function<void()> on_answer;  ///< on any thread, with the mutex held; empty: nobody wants to know any more
  std::deque<std::pair<std::string, Question>> questions;
  std::set<std::string> open;  ///< about what there are questions, waiting or asked
  std::size_t threads = 0;
};

AccountLookup::AccountLookup(net::any_io_executor loop, std::shared_ptr<AccountNames> names,
                             std::chrono::milliseconds patience)
    : loop_(std::move(loop)), names_(std::move(names)), patience_(patience) {
  desk_ = std::make_shared<Desk>(names_, [this] {
    // The lock that is held keeps this object: stop() takes it too.
    net::post(loop_, [self = weak_from_this()] {
      if (const auto alive = self.lock()) alive->wake();
    });
  });
}

void AccountLookup::stop() {
  desk_->close();
}

void AccountLookup::wake() {
  for (net::steady_timer* timer : waiting_) timer->cancel();
}

void AccountLookup::expect(const std::vector<std::string>& groups) {
  for (const std::string& group : groups)
    if (!names_->known(group)) desk_->put("group " + group, [group](AccountNames& names) { names.find(group); });
}

/// False: something has to be waited for.
bool AccountLookup::ask(const Sid& user, const std::vector<std::string>& groups) {
  bool all_known = true;
  if (!names_->known_name(user)) {
    all_known = false;
    desk_->put("user " + user.text(), [user](AccountNames& names) { names.name_of(user); });
  }
  for (const std::string& group : groups) all_known = all_known && names_->known(group).has_value();
  expect(groups);
  return all_known;
}

net::awaitable<void> AccountLookup::answers(Sid user, const std::vector<std::string>& groups) {
  net::steady_timer timer(loop_);
  const auto until = std::chrono::steady_clock::now() + patience_;
  waiting_.insert(&timer);
  const AtEnd leave([this, &timer] { waiting_.erase(&timer); });
  while (!ask(user, groups) && std::chrono::steady_clock::now() < until) {
    timer.expires_at(until);
    [[maybe_unused]] const auto [ignored] = co_await timer.async_wait(net::as_tuple(net::use_awaitable));
  }
}

net::awaitable<Result<PeerIdentity>> AccountLookup::identify(LocalHandle pipe, std::vector<std::string> groups) {
  const auto self = shared_from_this();
  const auto client = PipeClientToken::of(pipe);
  if (!client) co_return client.error();
  const Sid& user = client->user();
  const std::string sid = user.text();
  if (waiting_of_[sid] >= kMostOfAccount) co_return error(errc::too_many, "too many wait to be identified", sid);
  ++waiting_of_[sid];
  const AtEnd leave([this, &sid] {
    if (--waiting_of_[sid] == 0) waiting_of_.erase(sid);
  });
  co_await answers(user, groups);
  std::vector<std::pair<std::string, Sid>> found;
  for (const std::string& name : groups)
    if (auto group = names_->known(name); group && *group) found.emplace_back(name, std::move(**group));
  co_return client->identity(names_->known_name(user).value_or(sid), found);
}

}  // namespace jitgate
