#include <spdlog/sinks/stdout_sinks.h>

#include <cstdio>

#include "agent/daemon/host.hpp"
#include "agent/daemon/options.hpp"
#include "agent/daemon/serve.hpp"
#include "agent/daemon/windows/service_log.hpp"
#include "platform/host_defaults.hpp"
#include "platform/state_directory.hpp"
#include "platform/windows/event_log.hpp"
#include "platform/windows/first_configuration.hpp"
#include "platform/windows/installed_products.hpp"
#include "platform/windows/service_host_scm.hpp"
#include "platform/windows/service_setup.hpp"
#include "platform/windows/time_events_windows.hpp"

namespace jitgate {
namespace {

void complain(const Error& why) {
  std::fprintf(stderr, "jitgated: %s\n", describe(why).c_str());
}

int report(const Result<void>& done, const char* success) {
  if (!done) {
    complain(done.error());
    return 1;
  }
  std::puts(success);
  return 0;
}

/// ProgramData\jitgate, which the configuration is in, and what is below: what others could have put there must not be
/// taken for ours. Whether it can be made at all is told by whoever needs it.
Result<void> expect_own_directory() {
  const auto made = make_state_directory(host_defaults().runtime_directory);
  return !made && made.error().code == errc::not_permitted ? made : Result<void>();
}

int run_in_console(const std::string& config) {
  if (const auto own = expect_own_directory(); !own) return report(own, "");
  return serve(config, {[](boost::asio::io_context& context) { return make_windows_time_events(context); },
                        [](boost::asio::io_context& context) { return make_console_service_host(context); },
                        std::make_shared<spdlog::sinks::stderr_sink_mt>(), complain});
}

int install(const std::string& config) {
  if (const auto provided = provide_configuration(config, own_program()); !provided) return report(provided, "");
  const auto installed = install_service({own_program(), config});
  if (!installed) return report(installed.error(), "");
  for (const Error& unknown : *installed) std::fprintf(stderr, "jitgated: warning: %s\n", describe(unknown).c_str());
  return report({}, "the service jitgate is installed");
}

int uninstall(const std::string&) {
  return report(uninstall_service(release_locks), "the service jitgate is gone, and so are its locks");
}

/// What the installer calls. The removal of the version before ends an upgrade, and Windows alone says so in advance.
int remove_product(const std::string& product) {
  const auto superseded = is_superseded(product);
  if (!superseded) return report(superseded.error(), "");
  if (*superseded) return report({}, "another version is installed: the service stays, and so do its locks");
  return uninstall({});
}

int serve_manager(const std::string& config, ServiceProcess& process) {
  const auto tell_event_log = [](const Error& why) {
    static_cast<void>(EventLog().report(EventSeverity::error, describe(why)));
  };
  if (const auto own = expect_own_directory(); !own) {
    tell_event_log(own.error());
    return 1;
  }
  WindowsTimeEvents* events = nullptr;
  const auto make_time_events = [&events](boost::asio::io_context& context) {
    auto made = make_windows_time_events(context);
    events = made.get();
    return made;
  };
  const auto make_service = [&](boost::asio::io_context& context) {
    return make_scm_service_host(context, process, [events] { events->clock_was_set(); });
  };
  return serve(config, {make_time_events, make_service, make_service_log(), tell_event_log});
}

}  // namespace

int run_daemon(const std::string& config) {
  const auto ended = ServiceProcess::run([&config](ServiceProcess& process) { return serve_manager(config, process); });
  if (ended) return *ended;
  complain(ended.error());
  return 1;
}

void add_host_options(CLI::App&, CLI::Option_group& actions, DaemonOptions& options) {
  const auto add = [&](const char* flag, int (*perform)(const std::string&), const char* what) {
    actions.add_flag_callback(
        flag, [&options, perform] { options.action = HostAction{perform}; }, what);
  };
  add("--console", run_in_console, "run the daemon in this console, not as a service");
  add("--install-service", install,
      "make the Windows service, or bring it up to date, and exit; start it with sc start jitgate");
  add("--uninstall-service", uninstall, "stop the Windows service, take its locks away, delete it, and exit");
  actions.add_option_function<std::string>(
      "--remove-product",
      [&options](const std::string& product) {
        options.action = HostAction{[product](const std::string&) { return remove_product(product); }};
      },
      "as --uninstall-service, unless the Windows Installer has another version than this product code");
}

}  // namespace jitgate
