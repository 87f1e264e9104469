#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <optional>

#include "agent/daemon/options.hpp"
#include "agent/model/duration.hpp"
#include "jitgate/version.hpp"

namespace {

using namespace jitgate;

constexpr int kUsage = 2;

/// The options, or the exit status to end with.
std::variant<DaemonOptions, int> parse(int argc, char** argv) {
  DaemonOptions options;
  bool check = false;
  bool rendered = false;
  bool early = false;
  bool released = false;
  bool doctor = false;
  bool json = false;
  std::string duration = "15m";
  CLI::App app{"jitgated keeps a policy's ports locked and opens them for approved, time-limited grants.", "jitgated"};
  app.set_version_flag("--version", kVersion);
  app.add_option("--config", options.config, "configuration file")->capture_default_str();
  auto* actions = app.add_option_group("actions", "instead of running the daemon");
  actions->add_flag("--check-config", check, "check the configuration, and exit");
  actions->add_flag("--render", rendered, "print the ruleset as nft text, and exit");
  actions->add_flag("--lock", early,
                    "put the locks in place, without grants, for a daemon that starts later, and exit");
  auto* release_flag =
      actions->add_flag("--release", released, "take the locks away, without daemon, store or configuration");
  auto* doctor_flag =
      actions->add_flag("--doctor", doctor, "is what manages this host locked? works without daemon and configuration");
  add_host_options(app, *actions, options);
  actions->require_option(0, 1);
  app.add_flag("--json", json, "the report as JSON")->needs(doctor_flag);
  app.add_option("--for", duration, "how long a running daemon leaves them away")
      ->needs(release_flag)
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& done) {
    return app.exit(done) == 0 ? 0 : kUsage;
  }
  if (check) options.action = CheckConfig{};
  if (rendered) options.action = Render{};
  if (early) options.action = LockEarly{};
  if (doctor) options.action = Doctor{json};
  if (!released) return options;
  const auto parsed = parse_duration(duration);
  if (!parsed) {
    std::fprintf(stderr, "jitgated: --for: %s\n", describe(parsed.error()).c_str());
    return kUsage;
  }
  options.action = Release{*parsed};
  return options;
}

struct Run {
  const DaemonOptions& options;
  int operator()(const Serve&) const { return run_daemon(options.config); }
  int operator()(const CheckConfig&) const { return check_config(options.config); }
  int operator()(const Render&) const { return render(options.config); }
  int operator()(const LockEarly&) const { return lock_early(options.config); }
  int operator()(const Release& action) const { return release(action.duration); }
  int operator()(const Doctor& action) const { return examine_host(options.config, action.json); }
  int operator()(const HostAction& action) const { return action.perform(options.config); }
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto parsed = parse(argc, argv);
    if (const int* status = std::get_if<int>(&parsed)) return *status;
    const auto& options = std::get<DaemonOptions>(parsed);
    return std::visit(Run{options}, options.action);
  } catch (const std::exception& broken) {
    std::fprintf(stderr, "jitgated: %s\n", broken.what());
    return 1;
  }
}
