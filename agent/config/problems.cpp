#include "agent/config/problems.hpp"

#include <algorithm>
#include <tuple>

namespace jitgate {
namespace {

/// Nobody reads more; a hostile file must not make a message of many megabytes.
constexpr std::size_t kMaxShown = 100;

}  // namespace

void Problems::add(Position at, const std::string& key, const std::string& text, errc code) {
  if (details_.size() == kMaxShown) {
    ++not_shown_;
    return;
  }
  if (file_.empty()) {
    details_.push_back({at, error(code, text, key)});
    return;
  }
  std::string message = file_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
  if (!key.empty()) message += key + ": ";
  details_.push_back({at, error(code, message + text)});
}

Error Problems::take() {
  std::ranges::stable_sort(details_, {}, [](const Problem& p) { return std::tuple(p.at.line, p.at.column); });
  const bool all_unsupported =
      std::ranges::all_of(details_, [](const Problem& p) { return p.detail.code == errc::not_supported; });
  const std::size_t count = details_.size() + not_shown_;
  Error all = error(all_unsupported ? errc::not_supported : errc::invalid_argument,
                    (file_.empty() ? "the policy has " : "the configuration has ") + std::to_string(count) +
                        (count == 1 ? " error" : " errors"),
                    file_);
  for (Problem& problem : details_) all.details.push_back(std::move(problem.detail));
  if (not_shown_ > 0) {
    all.details.push_back(error(errc::invalid_argument, (file_.empty() ? "" : file_ + ": ") +
                                                            std::to_string(not_shown_) + " more errors are not shown"));
  }
  details_.clear();
  return all;
}

}  // namespace jitgate
