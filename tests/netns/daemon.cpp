#include "tests/netns/daemon.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "tests/netns/probe.hpp"

namespace jitgate::netns {
namespace {

namespace json = boost::json;

constexpr int kUnreachable = 3;  // the exit status of jitgate when there is no daemon

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

std::string command_line(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += " " + word;
  return line;
}

}  // namespace

std::string text(const json::value& object, const char* member) {
  return std::string(object.at(member).as_string());
}

Daemon::Daemon(const NetworkNamespace& server) : server_(server) {
  std::filesystem::create_directory(state_directory());
  std::filesystem::create_directory(scratch_.file("run"));
}

Daemon::~Daemon() = default;

void Daemon::write_config() const {
  std::string ports;
  for (const auto& port : settings.ports) {
    ports += "    - {number: " + std::to_string(port.number) + ", protocol: " + port.protocol +
             ", allowedSourceAddressPrefix: \"*\"" + port.more + "}\n";
  }
  const std::string policy =
      settings.policy_by_api ? "  authority: api\n" : "  ports:" + (ports.empty() ? " []\n" : "\n" + ports);
  write_text(config_path(), "version: 1\nhost: {id: server}\nmode: " + settings.mode + "\npolicy:\n" + policy +
                                "enforcement: {existingRules: " + settings.existing_rules +
                                ", denyAction: " + settings.deny_action + ", ownTable: \"" + settings.own_table + "\"" +
                                settings.enforcement + "}\napi: {socket: " + socket_path() + settings.api +
                                "}\nstate: {directory: " + state_directory() +
                                "}\nlimits: {requestsPerMinute: 1000000, requestBurst: 1000000" + settings.limits +
                                "}\n" + settings.more);
}

std::vector<std::string> Daemon::environment() const {
  // A preloaded library stands before the sanitizer's runtime, which by itself does no harm.
  std::vector<std::string> variables{"RUNTIME_DIRECTORY=" + scratch_.file("run"),
                                     "STATE_DIRECTORY=" + state_directory(), "ASAN_OPTIONS=verify_asan_link_order=0"};
  if (own_wall_clock_) {
    variables.push_back(std::string("LD_PRELOAD=") + JITGATE_TEST_WALL_CLOCK_LIBRARY);
    variables.push_back(std::string(kWallClockVariable) + "=" + scratch_.file("wall-clock"));
  }
  return variables;
}

void Daemon::launch() {
  process_.reset();
  process_ =
      std::make_unique<Process>(std::vector<std::string>{JITGATE_TEST_DAEMON, "--config", config_path()},
                                Surroundings{server_, mounts_.get(), environment(), boottime}, scratch_.file("log"));
}

void Daemon::start() {
  write_config();
  start_with_file();
}

void Daemon::start_with_file() {
  launch();
  const bool answers = eventually([&] { return !runs() || cli({"status"}).status != kUnreachable; }, kLong);
  if (!answers || !runs()) throw std::runtime_error("jitgated does not run:\n" + log());
}

int Daemon::stop() {
  signal(SIGTERM);
  const auto status = wait();
  if (!status) throw std::runtime_error("jitgated does not end:\n" + log());
  return *status;
}

void Daemon::kill() {
  signal(SIGKILL);
  if (!wait()) throw std::runtime_error("jitgated cannot be killed");
}

bool Daemon::reload() {
  write_config();
  return reload_file();
}

bool Daemon::reload_file() {
  constexpr const char* kTaken = "the configuration was reloaded";
  constexpr const char* kRefused = "the configuration was not reloaded";
  const auto before = log();
  signal(SIGHUP);
  const auto more = [&](const char* line) { return count(log(), line) > count(before, line); };
  if (!eventually([&] { return more(kTaken) || more(kRefused); }, kLong)) {
    throw std::runtime_error("jitgated does not reload:\n" + log());
  }
  return more(kTaken);
}

ExecResult Daemon::cli(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {JITGATE_TEST_CLI, "--socket", socket_path()});
  return server_.exec(arguments);
}

json::value Daemon::json(std::vector<std::string> arguments) const {
  arguments.emplace_back("--json");
  const auto result = cli(arguments);
  const bool complains = arguments.front() == "status" && result.status == 1;
  if (result.status != 0 && !complains) {
    throw std::runtime_error("jitgate" + command_line(arguments) + ": exit status " + std::to_string(result.status) +
                             ": " + result.err);
  }
  return json::parse(result.out);
}

ExecResult Daemon::run(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{"env"};
  std::ranges::copy(environment(), std::back_inserter(command));
  command.emplace_back(JITGATE_TEST_DAEMON);
  std::ranges::copy(arguments, std::back_inserter(command));
  return server_.exec(command);
}

void Daemon::set_wall_clock(std::chrono::seconds shift, bool synchronized) {
  own_wall_clock_ = true;
  const WallClockOverride wanted{shift.count(), synchronized ? 1 : 0};
  // In place, because the daemon has the file mapped.
  const int file = ::open(scratch_.file("wall-clock").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  const auto written = ::pwrite(file, &wanted, sizeof wanted, 0);
  ::close(file);
  if (written != sizeof wanted) throw std::runtime_error("the file of the wall clock cannot be written");
}

const MountNamespace& Daemon::mounts() {
  if (!mounts_) mounts_ = std::make_unique<MountNamespace>();
  return *mounts_;
}

std::string Daemon::log() const {
  return read_text(scratch_.file("log"));
}

std::string Daemon::state() const {
  return text(status(), "state");
}

std::int64_t Daemon::drift() const {
  return status().at("drift").to_number<std::int64_t>();
}

std::string Daemon::reasons() const {
  return json::serialize(status().at("reasons"));
}

std::string Daemon::request(const std::string& port, const std::string& source, const std::string& duration) {
  const auto receipt = json({"request", "--port", port, "--source", source, "--duration", duration});
  if (!receipt.at("open").as_bool()) throw std::runtime_error("granted, but not open: " + json::serialize(receipt));
  return text(receipt, "id");
}

json::value Daemon::grant(const std::string& id) const {
  const auto all = json({"grants", "--all"});
  for (const auto& one : all.as_array()) {
    if (text(one, "id") == id) return one;
  }
  throw std::runtime_error("no grant " + id);
}

std::string Daemon::condition(const std::string& id) const {
  const auto port = grant(id).at("ports").at(0);
  const auto status = text(port, "status");
  return status == "Initiated" ? status : text(port, "statusReason");
}

std::int64_t Daemon::remaining(const std::string& id) const {
  return grant(id).at("ports").at(0).at("remainingSeconds").to_number<std::int64_t>();
}

std::vector<std::string> Daemon::operations(const std::string& id) const {
  std::vector<std::string> found;
  const auto events = json({"audit"});
  for (const auto& event : events.as_array()) {
    if (text(event, "grantId") == id) found.push_back(text(event, "operation"));
  }
  return found;
}

std::size_t Daemon::audited(const std::string& operation) const {
  const auto events = json({"audit"});
  return static_cast<std::size_t>(std::ranges::count_if(
      events.as_array(), [&](const json::value& event) { return text(event, "operation") == operation; }));
}

}  // namespace jitgate::netns
