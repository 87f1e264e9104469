#pragma once

#include <fwpmu.h>
#include <windows.h>
#include <winsock2.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jitgate::wfp_model {

using Guid = std::array<std::uint8_t, 16>;  ///< as it lies in memory
using Bytes = std::vector<std::uint8_t>;

[[nodiscard]] Guid guid_of(const GUID& guid);
[[nodiscard]] GUID native(const Guid& guid);

struct Condition {
  Guid field{};
  std::uint32_t match = 0;
  std::uint32_t type = 0;
  Bytes value;  ///< addresses in network order with their mask or length behind; numbers as they lie in memory
};

struct Filter {
  Guid key{};
  std::uint64_t id = 0;
  std::uint64_t session = 0;  ///< of a dynamic one; 0
  std::u16string name;
  std::uint32_t flags = 0;
  std::optional<Guid> provider;
  Guid layer{};
  Guid sublayer{};
  std::uint32_t weight_type = 0;
  std::uint64_t weight = 0;
  std::uint32_t action = 0;
  std::vector<Condition> conditions;
  std::u16string protection;
};

struct Sublayer {
  Guid key{};
  std::uint64_t session = 0;
  std::uint32_t flags = 0;
  std::optional<Guid> provider;
  std::uint16_t weight = 0;
  std::u16string protection;
};

struct Provider {
  Guid key{};
  std::uint64_t session = 0;
  std::uint32_t flags = 0;
  std::u16string protection;  ///< its security descriptor as SDDL; empty: none was given
};

struct Session {
  std::uint64_t id = 0;
  std::uint32_t process = 0;
  std::uint64_t started = 0;  ///< the process, so that a number that is used again is another one
};

struct Event {
  enum class Kind : std::uint8_t { added, deleted, dropped };
  std::uint64_t number = 0;
  Kind kind = Kind::added;
  Guid key{};
  std::uint64_t filter = 0;
  std::uint64_t session = 0;  ///< that made the change
};

struct Fault {
  std::string function;
  std::uint32_t code = 0;
  std::uint32_t after = 0;
  std::uint32_t times = 0;
};

struct State {
  std::uint64_t next = 1;    ///< for ids of all kinds
  std::uint64_t engine = 1;  ///< counts its starts
  bool running = true;
  std::vector<Provider> providers;
  std::vector<Sublayer> sublayers;
  std::vector<Filter> filters;
  std::vector<Session> sessions;
  std::vector<Event> events;  ///< the latest
  std::vector<Fault> faults;

  void note(Event::Kind kind, const Guid& key, std::uint64_t filter, std::uint64_t session);
  /// What belongs to the session goes, and the session.
  void end_session(std::uint64_t id);
  /// Static and dynamic objects go, and every session.
  void engine_ends();
};

[[nodiscard]] std::string pack(const State& state);
[[nodiscard]] State unpack(const std::string& bytes);

/// The state for one look at it, or one change: alone, over processes too.
class Held {
 public:
  /// False from owned() after so many milliseconds.
  explicit Held(std::uint32_t patience = INFINITE);
  ~Held();
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  [[nodiscard]] bool owned() const { return owned_; }
  [[nodiscard]] State& state() { return state_; }
  void save();

 private:
  bool owned_;
  State state_;
};

/// For as long as a transaction lasts: the lock that Held takes, by the same thread.
[[nodiscard]] bool take_lock(std::uint32_t patience);
void leave_lock();

[[nodiscard]] std::uint64_t started(std::uint32_t process);

}  // namespace jitgate::wfp_model
