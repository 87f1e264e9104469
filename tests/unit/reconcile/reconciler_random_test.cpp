#include <gtest/gtest.h>

#include <random>

#include "tests/unit/reconcile/reconciler_fixture.hpp"

namespace jitgate {
namespace {

/// A history of wishes, failures and foreign changes, at random.
class History : public ReconcilerRig {
 public:
  explicit History(std::uint32_t seed) : engine_(seed) { reconciler_.want_lock(lock()); }

  void happen() {
    switch (below(13)) {
      case 0:
        return firewall_.fail_next_commit(error(errc::firewall_failed, "Device or resource busy"));
      case 1:
        return foreign();
      case 2:
        return below(4) == 0 ? reconciler_.want_nothing() : reconciler_.want_lock(lock());
      case 3:
        return clock_.advance(std::chrono::milliseconds(below(5'000)));
      case 4:
        return bulk();
      case 5:
        return firewall_.refuse_key(below(2) == 0 ? std::nullopt : std::optional(any_key()));
      case 6:
      case 7:
        return close(any_key());
      case 8:
      case 9:
        return open(any_key(), std::chrono::minutes(1 + below(600)));
      case 10:
        return firewall_.refuse_tables(below(2) == 0 ? std::nullopt
                                                     : std::optional(error(errc::firewall_failed, "No such file")));
      default:
        step();
    }
  }

  void errors_stop() {
    firewall_.refuse_key(std::nullopt);
    firewall_.refuse_tables(std::nullopt);
    while (below(3) != 0) open(any_key(), std::chrono::hours(12));
    settle();
  }

 private:
  int below(int bound) { return std::uniform_int_distribution<>(0, bound - 1)(engine_); }
  AllowKey any_key() { return key(below(3'000)); }
  void foreign() {
    if (below(2) == 0)
      kernel_.flush();
    else
      kernel_.delete_entry(any_key());
    reconciler_.foreign_change();
  }
  void bulk() {
    std::vector<AllowKey> keys;
    for (int i = below(1'500); i >= 0; --i) {
      keys.push_back(any_key());
      want(keys.back(), std::chrono::hours(10));
    }
    reconciler_.touch(keys);
  }

  std::mt19937 engine_;
};

TEST(ReconcilerRandom, TheKernelEqualsWhatIsDesiredOnceErrorsStop) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (std::uint32_t i = 0; i < 50; ++i) {
    History history(seed + i);
    for (int happened = 0; happened < 80; ++happened) history.happen();
    history.errors_stop();
    ASSERT_TRUE(history.equal()) << "history " << i;
    ASSERT_TRUE(history.reconciler_.in_sync()) << "history " << i;
    ASSERT_FALSE(history.reconciler_.last_error());
  }
}

}  // namespace
}  // namespace jitgate
