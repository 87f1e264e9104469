#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/windows/wfp_model/state.hpp"

namespace jitgate::wfp_model {

/// What an engine handle stands for.
struct Handle {
  std::uint64_t session = 0;
  std::uint64_t engine = 0;
  bool dynamic = false;
  std::uint32_t patience = 0;  ///< for somebody else's transaction, in ms
  bool in_transaction = false;
  State pending;  ///< of the transaction
};

/// Runs `change` on the state: in the handle's transaction, or in one of its own, which is dropped when the code is not
/// 0. `function` is what faults are named after.
[[nodiscard]] DWORD change(HANDLE engine, const char* function, const std::function<DWORD(State&, Handle&)>& change);
/// The same for what only looks.
[[nodiscard]] DWORD look(HANDLE engine, const char* function, const std::function<DWORD(State&, Handle&)>& look);

[[nodiscard]] DWORD begin(HANDLE engine);
[[nodiscard]] DWORD commit(HANDLE engine);
[[nodiscard]] DWORD abort(HANDLE engine);

/// The code that a fault asks of this call; 0: none.
[[nodiscard]] DWORD fault(State& state, const char* function);

/// Calls `tell` with each event that somebody else's session makes, or (drops) anybody's, from a thread of its own.
class Subscription {
 public:
  virtual ~Subscription() = default;
};
[[nodiscard]] std::unique_ptr<Subscription> follow(bool drops, std::uint64_t session,
                                                   std::function<void(const Event&)> tell);

}  // namespace jitgate::wfp_model
