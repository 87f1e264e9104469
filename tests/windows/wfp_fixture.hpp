#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/clock.hpp"
#include "platform/windows/wfp_backend.hpp"
#include "platform/windows/wfp_engine.hpp"
#include "tests/windows/wfp_model/model.hpp"

namespace jitgate::wfp {

/// The exports of the model of WFP; a test fails when the program runs against anything else.
struct Model {
  Model();
  wfp_model::Classify classify;
  wfp_model::Reset reset;
  wfp_model::Fail fail;
  wfp_model::Restart restart;
  wfp_model::ShutDown shut_down;
  wfp_model::Boot boot;
  wfp_model::Count count;
  wfp_model::Unlike unlike;
};

/// Real time that a test can move on. Any thread.
class MovableClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override;
  [[nodiscard]] BootTime boot_now() const override;
  [[nodiscard]] bool synchronized() const override { return true; }
  [[nodiscard]] const std::string& boot_id() const override { return boot_id_; }
  void move(Duration by) { moved_ += by.count(); }

 private:
  std::atomic<Duration::rep> moved_{0};
  std::string boot_id_ = "test";
};

inline constexpr std::chrono::seconds kPatience{20};

TransportPort port(Transport transport, int number);
AllowKey key(const std::string& source, Transport transport, int number);

/// An arrival at this host, judged by the model.
struct Knock {
  std::string from;
  Transport transport = Transport::tcp;
  int number = 22;
  bool established = false;  ///< judged again, as an established flow is after a change
  bool loopback = false;
  std::uint32_t reason = 1;  ///< of that: because the filters have changed
  std::uint16_t from_port = 50000;
};

[[nodiscard]] bool passes(const Model& model, const Knock& knock);

/// A backend on the model.
class WfpTest : public ::testing::Test {
 protected:
  WfpTest();
  ~WfpTest() override;

  std::unique_ptr<WfpBackend> make_backend(bool hard = false, Duration stall_limit = std::chrono::hours(1));
  /// TCP 22 and 3389, UDP 3389.
  static Lock lock();
  AllowEntry entry(const std::string& source, Transport transport, int number,
                   Duration lasts = std::chrono::hours(1)) const;
  void replace(const Lock& lock, std::vector<AllowEntry> entries = {});
  void put(std::vector<AllowEntry> entries);
  void close(std::vector<AllowKey> keys);

  [[nodiscard]] bool passes(const Knock& knock) const;
  [[nodiscard]] bool passes(const std::string& from, Transport transport = Transport::tcp, int number = 22) const;
  /// Runs the event loop until the condition holds; false when it does not in good time.
  bool eventually(const std::function<bool()>& condition);
  /// The same, with an event loop that stands still.
  bool eventually_by_itself(const std::function<bool()>& condition);

  Model model_;
  MovableClock clock_;
  boost::asio::io_context io_;
  std::unique_ptr<WfpBackend> backend_;
};

}  // namespace jitgate::wfp
