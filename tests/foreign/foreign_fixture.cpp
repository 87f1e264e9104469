#include "tests/foreign/foreign_fixture.hpp"

#include <algorithm>
#include <utility>

namespace jitgate::netns {
namespace {

/// A SYN that is dropped is sent again after a second; a new attempt finds out sooner.
constexpr std::chrono::milliseconds kRetry{100};

std::string names(const std::vector<Knock>& attempts) {
  std::string all;
  for (const auto& knock : attempts) all += (all.empty() ? "" : ", ") + to_string(knock);
  return all;
}

/// Those of `all` that are not among `some`.
std::vector<Knock> without(const std::vector<Knock>& all, const std::vector<Knock>& some) {
  std::vector<Knock> rest;
  for (const auto& knock : all) {
    const auto same = [&](const Knock& other) { return to_string(other) == to_string(knock); };
    if (std::ranges::none_of(some, same)) rest.push_back(knock);
  }
  return rest;
}

}  // namespace

ForeignScene::ForeignScene() {
  network_.add_address(network_.client, admitted_.ipv4);
  network_.add_address(network_.client, admitted_.ipv6);
  daemon_.settings.existing_rules = "honor";
}

::testing::AssertionResult ForeignScene::all_enter(const std::vector<Knock>& attempts) {
  const auto shut_out = without(attempts, volley(network_.server, attempts, kPatience));
  if (shut_out.empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "shut out: " << names(shut_out);
}

::testing::AssertionResult ForeignScene::all_enter_at_last(const std::vector<Knock>& attempts) {
  auto left = attempts;
  const bool all = eventually(
      [&] {
        left = without(left, volley(network_.server, left, kRetry));
        return left.empty();
      },
      kReturn);
  if (all) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "shut out for good: " << names(left);
}

::testing::AssertionResult ForeignScene::none_enters(const std::vector<Knock>& attempts) {
  const auto entered = volley(network_.server, attempts, kSilence);
  if (entered.empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "came in: " << names(entered);
}

::testing::AssertionResult ForeignTest::lock_and_rules_hold() {
  auto in = knocks(admitted_, {22, 24});
  auto out = knocks(admitted_, {23}) + knocks(stranger_, {22, 23});
  if (!grants_stand_) out = std::move(out) + granted();
  auto& unlocked = manager_->refuses_the_rest() ? out : in;
  unlocked = std::move(unlocked) + knocks(stranger_, {24});
  const auto open = all_enter(in);
  return open ? none_enters(out) : open;
}

std::vector<std::string> ForeignScene::grant_everything() {
  grants_stand_ = true;
  std::vector<std::string> ids;
  for (const auto& knock : granted()) {
    const auto& source = knock.way.ipv6 ? applicant_.ipv6 : applicant_.ipv4;
    ids.push_back(daemon_.request(port_text(knock.way, knock.port), source, "10m"));
  }
  return ids;
}

std::string manager_name(const ::testing::TestParamInfo<ManagerKind>& info) {
  return info.param.name;
}

std::vector<Knock> operator+(std::vector<Knock> left, const std::vector<Knock>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

}  // namespace jitgate::netns
