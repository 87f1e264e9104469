#pragma once

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "agent/store/grant_store.hpp"

namespace jitgate {

struct LoadedState : StoredState {
  std::vector<GrantRecord> live;
};

/// What load() returns and what it gave meanwhile, together.
template <class Store>
Result<LoadedState> load_all(Store&& store) {
  std::vector<GrantRecord> live;
  auto state =
      store.load([&live](std::vector<GrantRecord> portion) { std::ranges::move(portion, std::back_inserter(live)); });
  if (!state) return state.error();
  return LoadedState{std::move(*state), std::move(live)};
}

}  // namespace jitgate
