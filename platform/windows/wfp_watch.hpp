#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "agent/model/port.hpp"
#include "platform/windows/wfp_engine.hpp"

namespace jitgate::wfp {

/// Changes of filters, whoever makes them
/// (https://learn.microsoft.com/en-us/windows/win32/api/fwpmu/nf-fwpmu-fwpmfiltersubscribechanges0). Ends with the
/// object, before which a callback that runs is waited for.
class ChangeSubscription {
 public:
  virtual ~ChangeSubscription() = default;
};
/// `on_change` comes from a thread of the system: also for changes made through other sessions of this process.
/// `engine` must outlive the subscription.
[[nodiscard]] Result<std::unique_ptr<ChangeSubscription>> subscribe_changes(
    Engine& engine, std::function<void(const Guid& key, bool added)> on_change);

/// How often filters denied, as the engine's events tell: one for an attempt, not for a packet, and those that the
/// engine drops under load are missing.
class DenialCounter {
 public:
  virtual ~DenialCounter() = default;
  /// By the filter's id; it only grows.
  [[nodiscard]] virtual std::map<std::uint64_t, std::uint64_t> counts() = 0;
};
[[nodiscard]] Result<std::unique_ptr<DenialCounter>> count_denials(Engine& engine);

}  // namespace jitgate::wfp
