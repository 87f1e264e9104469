#include "platform/windows/wfp_watch.hpp"

#include <cstring>
#include <mutex>

#include "platform/windows/wfp_names.hpp"
#include "platform/windows/wfp_native.hpp"

namespace jitgate::wfp {
namespace {

class FilterChanges final : public ChangeSubscription {
 public:
  FilterChanges(HANDLE engine, std::function<void(const Guid&, bool)> on_change)
      : engine_(engine), on_change_(std::move(on_change)) {}
  ~FilterChanges() override {
    if (handle_ != nullptr) FwpmFilterUnsubscribeChanges0(engine_, handle_);
  }
  FilterChanges(const FilterChanges&) = delete;
  FilterChanges& operator=(const FilterChanges&) = delete;

  Status subscribe() {
    FWPM_FILTER_SUBSCRIPTION0 wanted;
    std::memset(&wanted, 0, sizeof wanted);
    wanted.flags = kNotifyOnAdd | kNotifyOnDelete;
    return {FwpmFilterSubscribeChanges0(engine_, &wanted, &FilterChanges::changed, this, &handle_),
            "FwpmFilterSubscribeChanges0"};
  }

 private:
  static void CALLBACK changed(void* context, const FWPM_FILTER_CHANGE0* change) {
    const auto* self = static_cast<const FilterChanges*>(context);
    self->on_change_(from_native(change->filterKey), change->changeType == FWPM_CHANGE_ADD);
  }

  HANDLE engine_;
  HANDLE handle_ = nullptr;
  std::function<void(const Guid&, bool)> on_change_;
};

class NetEvents final : public DenialCounter {
 public:
  explicit NetEvents(HANDLE engine) : engine_(engine) {}
  ~NetEvents() override {
    if (handle_ != nullptr) FwpmNetEventUnsubscribe0(engine_, handle_);
  }
  NetEvents(const NetEvents&) = delete;
  NetEvents& operator=(const NetEvents&) = delete;

  Status subscribe() {
    FWPM_NET_EVENT_ENUM_TEMPLATE0 every;
    std::memset(&every, 0, sizeof every);
    FWPM_NET_EVENT_SUBSCRIPTION0 wanted;
    std::memset(&wanted, 0, sizeof wanted);
    wanted.enumTemplate = &every;
    return {FwpmNetEventSubscribe0(engine_, &wanted, &NetEvents::happened, this, &handle_), "FwpmNetEventSubscribe0"};
  }

  std::map<std::uint64_t, std::uint64_t> counts() override {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  static void CALLBACK happened(void* context, const FWPM_NET_EVENT1* event) {
    if (event->type != FWPM_NET_EVENT_TYPE_CLASSIFY_DROP || event->classifyDrop == nullptr) return;
    auto* self = static_cast<NetEvents*>(context);
    const std::lock_guard lock(self->mutex_);
    // Filters of others deny too, and there is no end of them.
    constexpr std::size_t kMostFilters = 10'000;
    const auto id = event->classifyDrop->filterId;
    if (self->counts_.size() < kMostFilters || self->counts_.contains(id)) ++self->counts_[id];
  }

  HANDLE engine_;
  HANDLE handle_ = nullptr;
  std::mutex mutex_;
  std::map<std::uint64_t, std::uint64_t> counts_;
};

}  // namespace

Result<std::unique_ptr<ChangeSubscription>> subscribe_changes(Engine& engine,
                                                              std::function<void(const Guid&, bool)> on_change) {
  auto changes = std::make_unique<FilterChanges>(engine.handle(), std::move(on_change));
  if (const Status subscribed = changes->subscribe(); !subscribed.ok()) return subscribed.to_error();
  return std::unique_ptr<ChangeSubscription>(std::move(changes));
}

Result<std::unique_ptr<DenialCounter>> count_denials(Engine& engine) {
  auto events = std::make_unique<NetEvents>(engine.handle());
  if (const Status subscribed = events->subscribe(); !subscribed.ok()) return subscribed.to_error();
  return std::unique_ptr<DenialCounter>(std::move(events));
}

}  // namespace jitgate::wfp
