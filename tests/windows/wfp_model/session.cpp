#include "tests/windows/wfp_model/session.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace jitgate::wfp_model {
namespace {

constexpr auto kFollowPeriod = std::chrono::milliseconds(20);

/// The handle whose transaction is open in this process.
std::atomic<Handle*>& writer() {
  static std::atomic<Handle*> one{nullptr};
  return one;
}

Handle& handle_of(HANDLE engine) {
  return *static_cast<Handle*>(engine);
}

DWORD check_session(const State& state, const Handle& handle) {
  if (!state.running) return RPC_S_SERVER_UNAVAILABLE;
  return state.engine == handle.engine ? ERROR_SUCCESS : static_cast<DWORD>(RPC_X_SS_CONTEXT_MISMATCH);
}

class Follower final : public Subscription {
 public:
  Follower(bool drops, std::uint64_t session, std::function<void(const Event&)> tell)
      : drops_(drops), session_(session), tell_(std::move(tell)), seen_(latest()), thread_([this] { run(); }) {}
  ~Follower() override {
    stopping_ = true;
    thread_.join();
  }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

 private:
  static std::uint64_t latest() { return Held().state().next; }

  void run() {
    while (!stopping_) {
      std::vector<Event> events;
      {
        Held held;
        events = held.state().events;
        // Only now are what dead processes leave behind events of the state.
        held.save();
      }
      for (const Event& event : events) {
        if (event.number < seen_) continue;
        seen_ = event.number + 1;
        const bool dropped = event.kind == Event::Kind::dropped;
        if (dropped == drops_ && (drops_ || event.session != session_)) tell_(event);
      }
      std::this_thread::sleep_for(kFollowPeriod);
    }
  }

  bool drops_;
  std::uint64_t session_;
  std::function<void(const Event&)> tell_;
  std::uint64_t seen_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace

DWORD fault(State& state, const char* function) {
  for (Fault& fault : state.faults) {
    if (fault.function != function || fault.times == 0) continue;
    if (fault.after > 0) {
      --fault.after;
      return 0;
    }
    --fault.times;
    return fault.code;
  }
  return 0;
}

DWORD change(HANDLE engine, const char* function, const std::function<DWORD(State&, Handle&)>& change) {
  Handle& handle = handle_of(engine);
  Held held(handle.patience);
  if (!held.owned()) return static_cast<DWORD>(FWP_E_TIMEOUT);
  // The same thread has another session's transaction open: it would wait for itself.
  Handle* const open = writer();
  if (open != nullptr && open != &handle) return static_cast<DWORD>(FWP_E_TIMEOUT);
  if (const DWORD wrong = check_session(held.state(), handle); wrong != 0) return wrong;
  if (const DWORD injected = fault(held.state(), function); injected != 0) {
    held.save();
    return injected;
  }
  if (handle.in_transaction) {
    held.save();
    return change(handle.pending, handle);
  }
  State tried = held.state();
  const DWORD code = change(tried, handle);
  if (code == 0) held.state() = std::move(tried);
  held.save();
  return code;
}

DWORD look(HANDLE engine, const char* function, const std::function<DWORD(State&, Handle&)>& look) {
  Handle& handle = handle_of(engine);
  Held held(handle.patience);
  if (!held.owned()) return static_cast<DWORD>(FWP_E_TIMEOUT);
  if (const DWORD wrong = check_session(held.state(), handle); wrong != 0) return wrong;
  const DWORD injected = fault(held.state(), function);
  held.save();
  if (injected != 0) return injected;
  return look(handle.in_transaction ? handle.pending : held.state(), handle);
}

DWORD begin(HANDLE engine) {
  Handle& handle = handle_of(engine);
  if (handle.in_transaction) return static_cast<DWORD>(FWP_E_TXN_IN_PROGRESS);
  if (!take_lock(handle.patience)) return static_cast<DWORD>(FWP_E_TIMEOUT);
  Held held;
  DWORD code = check_session(held.state(), handle);
  if (code == 0 && writer() != nullptr) code = static_cast<DWORD>(FWP_E_TIMEOUT);
  if (code == 0) code = fault(held.state(), "FwpmTransactionBegin0");
  held.save();
  if (code != 0) {
    leave_lock();
    return code;
  }
  handle.pending = held.state();
  handle.in_transaction = true;
  writer() = &handle;
  return 0;
}

DWORD commit(HANDLE engine) {
  Handle& handle = handle_of(engine);
  if (!handle.in_transaction) return static_cast<DWORD>(FWP_E_NO_TXN_IN_PROGRESS);
  DWORD code = 0;
  {
    Held held;
    code = check_session(held.state(), handle);
    if (code == 0) code = fault(held.state(), "FwpmTransactionCommit0");
    if (code == 0) {
      // Faults are counted where they were looked at.
      handle.pending.faults = held.state().faults;
      held.state() = handle.pending;
    }
    held.save();
  }
  if (code != 0) return code;  // still open: the caller aborts
  handle.in_transaction = false;
  writer() = nullptr;
  leave_lock();
  return 0;
}

DWORD abort(HANDLE engine) {
  Handle& handle = handle_of(engine);
  if (!handle.in_transaction) return static_cast<DWORD>(FWP_E_NO_TXN_IN_PROGRESS);
  handle.in_transaction = false;
  writer() = nullptr;
  leave_lock();
  return 0;
}

std::unique_ptr<Subscription> follow(bool drops, std::uint64_t session, std::function<void(const Event&)> tell) {
  return std::make_unique<Follower>(drops, session, std::move(tell));
}

}  // namespace jitgate::wfp_model
