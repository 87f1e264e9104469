#include "platform/windows/service_host_scm.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <utility>

namespace jitgate {
namespace {

namespace net = boost::asio;

class ScmServiceHost final : public ServiceHost {
 public:
  ScmServiceHost(net::io_context& context, ServiceProcess& process, std::function<void()> on_clock)
      : context_(context), process_(process), on_clock_(std::move(on_clock)), alive_(std::make_shared<bool>(true)) {
    process_.starting();
  }
  ~ScmServiceHost() override { process_.listen({}); }
  ScmServiceHost(const ScmServiceHost&) = delete;
  ScmServiceHost& operator=(const ScmServiceHost&) = delete;

  void watch(std::function<void()> on_stop, std::function<void()> on_reload) override {
    on_stop_ = std::move(on_stop);
    on_reload_ = std::move(on_reload);
    process_.listen([this, alive = std::weak_ptr(alive_)](ServiceEvent event) {
      net::post(context_, [this, alive, event] {
        if (!alive.expired()) handle(event);
      });
    });
  }
  void ready() override { process_.running(); }
  void reloading() override {}  // the manager knows no such state
  void stopping() override { process_.stopping(); }
  void status(const std::string&) override {}  // nor a line of text

 private:
  void handle(ServiceEvent event) {
    switch (event) {
      case ServiceEvent::stop:
        return on_stop_();
      case ServiceEvent::reload:
        return on_reload_();
      case ServiceEvent::clock:
        return on_clock_();
    }
  }

  net::io_context& context_;
  ServiceProcess& process_;
  std::function<void()> on_clock_;
  std::shared_ptr<bool> alive_;  ///< what is posted may come when this is gone
  std::function<void()> on_stop_;
  std::function<void()> on_reload_;
};

class ConsoleServiceHost final : public ServiceHost {
 public:
  explicit ConsoleServiceHost(net::io_context& context) : signals_(context, SIGINT, SIGTERM, SIGBREAK) {}

  void watch(std::function<void()> on_stop, std::function<void()>) override {
    signals_.async_wait([on_stop = std::move(on_stop)](boost::system::error_code failed, int) {
      if (!failed) on_stop();
    });
  }
  void ready() override {}
  void reloading() override {}
  void stopping() override {}
  void status(const std::string&) override {}

 private:
  net::signal_set signals_;
};

}  // namespace

std::unique_ptr<ServiceHost> make_scm_service_host(net::io_context& context, ServiceProcess& process,
                                                   std::function<void()> on_clock) {
  return std::make_unique<ScmServiceHost>(context, process, std::move(on_clock));
}

std::unique_ptr<ServiceHost> make_console_service_host(net::io_context& context) {
  return std::make_unique<ConsoleServiceHost>(context);
}

}  // namespace jitgate
