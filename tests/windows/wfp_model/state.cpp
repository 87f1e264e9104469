#include "tests/windows/wfp_model/state.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace jitgate::wfp_model {
namespace {

constexpr std::size_t kEventsKept = 4000;

/// Writes and reads the same fields in the same order.
class Writer {
 public:
  std::string bytes;
  template <class T>
  void number(const T& value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class T>
  void list(const std::vector<T>& values, auto each) {
    number(values.size());
    for (const T& value : values) each(*this, value);
  }
  template <class T>
  void text(const T& value) {
    number(value.size());
    bytes.append(reinterpret_cast<const char*>(value.data()), value.size() * sizeof value[0]);
  }
};

class Reader {
 public:
  explicit Reader(const std::string& bytes) : bytes_(bytes) {}
  template <class T>
  void number(T& value) {
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
  }
  template <class T>
  void list(std::vector<T>& values, auto each) {
    std::size_t size = 0;
    number(size);
    values.resize(size);
    for (T& value : values) each(*this, value);
  }
  template <class T>
  void text(T& value) {
    std::size_t size = 0;
    number(size);
    value.resize(size);
    std::memcpy(value.data(), bytes_.data() + at_, size * sizeof value[0]);
    at_ += size * sizeof value[0];
  }

 private:
  const std::string& bytes_;
  std::size_t at_ = 0;
};

void each_optional(Writer& archive, const std::optional<Guid>& value) {
  archive.number(value.has_value());
  archive.number(value.value_or(Guid{}));
}
void each_optional(Reader& archive, std::optional<Guid>& value) {
  bool has = false;
  Guid guid{};
  archive.number(has);
  archive.number(guid);
  if (has) value = guid;
}

void pass_filter(auto& archive, auto& filter) {
  archive.number(filter.key);
  archive.number(filter.id);
  archive.number(filter.session);
  archive.text(filter.name);
  archive.number(filter.flags);
  each_optional(archive, filter.provider);
  archive.number(filter.layer);
  archive.number(filter.sublayer);
  archive.number(filter.weight_type);
  archive.number(filter.weight);
  archive.number(filter.action);
  archive.list(filter.conditions, [](auto& to, auto& one) {
    to.number(one.field);
    to.number(one.match);
    to.number(one.type);
    to.text(one.value);
  });
  archive.text(filter.protection);
}

void pass(auto& archive, auto& state) {
  archive.number(state.next);
  archive.number(state.engine);
  archive.number(state.running);
  archive.list(state.providers, [](auto& to, auto& one) {
    to.number(one.key);
    to.number(one.session);
    to.number(one.flags);
    to.text(one.protection);
  });
  archive.list(state.sublayers, [](auto& to, auto& one) {
    to.number(one.key);
    to.number(one.session);
    to.number(one.flags);
    each_optional(to, one.provider);
    to.number(one.weight);
    to.text(one.protection);
  });
  archive.list(state.filters, [](auto& to, auto& one) { pass_filter(to, one); });
  archive.list(state.sessions, [](auto& to, auto& one) { to.number(one); });
  archive.list(state.events, [](auto& to, auto& one) { to.number(one); });
  archive.list(state.faults, [](auto& to, auto& one) {
    to.text(one.function);
    to.number(one.code);
    to.number(one.after);
    to.number(one.times);
  });
}

std::wstring state_file() {
  wchar_t path[MAX_PATH * 4] = {};
  const DWORD length = GetEnvironmentVariableW(L"JITGATE_WFP_MODEL", path, static_cast<DWORD>(std::size(path)));
  return {path, length < std::size(path) ? length : 0};
}

/// The name must not hold a backslash.
HANDLE make_mutex() {
  std::wstring name = state_file();
  std::ranges::replace(name, L'\\', L'/');
  return CreateMutexW(nullptr, FALSE, name.empty() ? nullptr : (L"jitgate-wfp-model " + name).c_str());
}

HANDLE mutex() {
  static const HANDLE one = make_mutex();
  return one;
}

std::string& memory() {
  static std::string bytes;
  return bytes;
}

std::string load() {
  const std::wstring path = state_file();
  if (path.empty()) return memory();
  std::ifstream file(std::filesystem::path(path), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void store(std::string bytes) {
  const std::wstring path = state_file();
  if (path.empty()) {
    memory() = std::move(bytes);
    return;
  }
  // In place of the old one at once: a process may be killed at any moment.
  const std::wstring fresh = path + L".new";
  {
    std::ofstream file(std::filesystem::path(fresh), std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  MoveFileExW(fresh.c_str(), path.c_str(), MOVEFILE_REPLACE_EXISTING);
}

template <class T>
void erase_of_session(std::vector<T>& objects, std::uint64_t id) {
  std::erase_if(objects, [id](const T& one) { return one.session == id; });
}

/// A process that is gone takes its sessions along.
void end_dead(State& state) {
  std::vector<std::uint64_t> dead;
  for (const Session& session : state.sessions)
    if (started(session.process) != session.started) dead.push_back(session.id);
  for (const std::uint64_t id : dead) state.end_session(id);
}

}  // namespace

Guid guid_of(const GUID& guid) {
  Guid bytes;
  std::memcpy(bytes.data(), &guid, bytes.size());
  return bytes;
}

GUID native(const Guid& guid) {
  GUID whole;
  std::memcpy(&whole, guid.data(), guid.size());
  return whole;
}

void State::note(Event::Kind kind, const Guid& key, std::uint64_t filter, std::uint64_t session) {
  events.push_back({next++, kind, key, filter, session});
  if (events.size() > kEventsKept) events.erase(events.begin());
}

void State::end_session(std::uint64_t id) {
  for (const Filter& filter : filters)
    if (filter.session == id) note(Event::Kind::deleted, filter.key, filter.id, id);
  erase_of_session(filters, id);
  erase_of_session(sublayers, id);
  erase_of_session(providers, id);
  std::erase_if(sessions, [id](const Session& session) { return session.id == id; });
}

void State::engine_ends() {
  std::erase_if(filters, [](const Filter& filter) { return (filter.flags & 3) == 0; });
  std::erase_if(sublayers, [](const Sublayer& sublayer) { return (sublayer.flags & 1) == 0; });
  std::erase_if(providers, [](const Provider& provider) { return (provider.flags & 1) == 0; });
  sessions.clear();
  ++engine;
}

std::string pack(const State& state) {
  Writer writer;
  pass(writer, state);
  return std::move(writer.bytes);
}

State unpack(const std::string& bytes) {
  State state;
  if (bytes.empty()) return state;
  Reader reader(bytes);
  pass(reader, state);
  return state;
}

bool take_lock(std::uint32_t patience) {
  const DWORD waited = WaitForSingleObject(mutex(), patience);
  return waited == WAIT_OBJECT_0 || waited == WAIT_ABANDONED;
}

void leave_lock() {
  ReleaseMutex(mutex());
}

Held::Held(std::uint32_t patience) : owned_(take_lock(patience)) {
  if (!owned_) return;
  state_ = unpack(load());
  end_dead(state_);
}

Held::~Held() {
  if (owned_) leave_lock();
}

void Held::save() {
  store(pack(state_));
}

std::uint64_t started(std::uint32_t process) {
  const HANDLE handle = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process);
  if (handle == nullptr) return 0;
  FILETIME created{};
  FILETIME exited{};
  FILETIME kernel{};
  FILETIME user{};
  DWORD code = 0;
  const bool alive = GetExitCodeProcess(handle, &code) != 0 && code == STILL_ACTIVE &&
                     GetProcessTimes(handle, &created, &exited, &kernel, &user) != 0;
  CloseHandle(handle);
  return alive ? static_cast<std::uint64_t>(created.dwHighDateTime) << 32 | created.dwLowDateTime : 0;
}

}  // namespace jitgate::wfp_model
