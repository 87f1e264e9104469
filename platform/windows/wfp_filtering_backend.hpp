#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/windows/defender_report.hpp"
#include "platform/windows/wfp_backend.hpp"
#include "platform/windows/wfp_cuts.hpp"
#include "platform/windows/wfp_denied.hpp"
#include "platform/windows/wfp_dynamic.hpp"
#include "platform/windows/wfp_lock.hpp"
#include "platform/windows/wfp_watch.hpp"

namespace jitgate {

/// What make_wfp_backend() makes.
class FilteringBackend final : public WfpBackend {
 public:
  FilteringBackend(const WfpBackendOptions& options, wfp::Engine engine, boost::asio::io_context& io)
      : options_(options),
        io_(io),
        session_(std::move(engine),
                 [this] {
                   if (watched_) subscribe();
                 }),
        cuts_(options.clock),
        beat_timer_(io),
        dynamic_({options.clock, options.stall_limit, [this](std::string reason) { lost(std::move(reason)); }}) {
    beat();
  }
  ~FilteringBackend() override { *alive_ = false; }
  FilteringBackend(const FilteringBackend&) = delete;
  FilteringBackend& operator=(const FilteringBackend&) = delete;

  Result<void> commit(const FirewallTransaction& transaction) override {
    return std::visit([&](const auto& one) { return apply(one); }, transaction);
  }
  Result<ObservedTable> read() override;
  Result<std::optional<Duration>> query(const AllowKey& key) override;
  Result<DenyCounter> denied() override { return denied_.totals(); }
  Result<ExistingRulesReport> existing_rules(const Lock& lock) override {
    return ExistingRulesReport{defender_.problems(lock, options_.hard_grants), {}};
  }
  void watch(std::function<void(std::string)> on_change) override;
  void drain_events() override { verify("our filters are not as they were made"); }
  std::string name() const override { return "wfp"; }
  Result<void> cut(const std::vector<Connection>& flows) override;

 private:
  Result<void> apply(const ReplaceTable& transaction);
  Result<void> apply(const ChangeEntries& transaction);
  Result<void> apply(const RemoveTable& transaction);

  Result<void> raise(const Lock& lock);
  Result<void> raise_on_trial(const Lock& lock, const std::vector<wfp::Filter>& wanted,
                              const std::vector<wfp::Installed>& found, bool rebuild);
  Result<void> renew();
  Result<void> open_grants(const std::vector<AllowEntry>& put, const std::vector<AllowKey>& close, bool only);
  void subscribe();
  void changed(const wfp::Guid& key, bool added);
  void verify(const std::string& reason);
  void lost(std::string reason);
  void beat();
  Result<bool> as_made(const std::vector<wfp::Installed>& found);
  bool is_dynamic(const wfp::Guid& key) { return dynamic_.holds(key) || dynamic_.holds_on_trial(key); }
  [[nodiscard]] auto dynamic_keys() {
    return [this](const wfp::Guid& key) { return is_dynamic(key); };
  }

  WfpBackendOptions options_;
  boost::asio::io_context& io_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< read and written on the loop's thread
  wfp::LockSession session_;
  std::optional<wfp::Engine> watching_;  ///< a session is not told of its own changes
  std::unique_ptr<wfp::ChangeSubscription> changes_;
  wfp::DeniedTotals denied_;
  std::function<void(std::string)> on_change_;
  bool watched_ = false;
  std::optional<Lock> lock_;
  std::vector<wfp::Filter> wanted_;  ///< of lock_ and cuts_, wherever they live
  wfp::Cuts cuts_;
  boost::asio::steady_timer beat_timer_;
  DefenderReport defender_;
  wfp::DynamicFilters dynamic_;  ///< last: its thread calls lost()
};

}  // namespace jitgate
