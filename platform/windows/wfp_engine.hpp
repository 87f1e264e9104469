#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/windows/security_descriptor.hpp"
#include "platform/windows/wfp_filter.hpp"

namespace jitgate::wfp {

/// What a call of the Base Filtering Engine came to.
class Status {
 public:
  /// `code` as the Fwpm functions return it; 0 is success.
  Status(std::uint32_t code, std::string_view call) : code_(code), call_(call) {}
  [[nodiscard]] bool ok() const { return code_ == 0; }
  [[nodiscard]] std::uint32_t code() const { return code_; }
  /// The engine has stopped or this session is over: nothing works with this handle any more.
  [[nodiscard]] bool session_lost() const;
  /// "FWP_E_IN_USE (0x8032000a)", with the call as its target.
  [[nodiscard]] Error to_error() const;

 private:
  std::uint32_t code_;
  std::string_view call_;  ///< a literal
};

enum class SessionKind : std::uint8_t {
  persistent,  ///< what is added stays until it is deleted
  dynamic,     ///< what is added ends with the session, at the latest with its process
};

enum class SublayerState : std::uint8_t {
  absent,
  altered,  ///< one with our key, but of another weight, lifetime or provider
  as_made,
};

/// Who may do what to our objects: SYSTEM and Administrators everything (FWPM_GENERIC_ALL), everybody may look at them
/// (FWPM_GENERIC_READ; https://learn.microsoft.com/en-us/windows/win32/fwp/access-right-identifiers). Their bits are
/// spelt out, because nobody says that the engine maps generic ones.
inline constexpr wchar_t kProtection[] = L"O:BAG:BAD:P(A;;0xf07ff;;;SY)(A;;0xf07ff;;;BA)(A;;0x201d4;;;WD)";

/// A filter that stands in our sublayer, whoever put it there.
struct Installed {
  Guid key;
  std::uint64_t id = 0;          ///< as events name it
  std::string name;              ///< non-ASCII as '?'
  std::optional<Filter> filter;  ///< nullopt: of no form that we make
};

/// A session with the Base Filtering Engine
/// (https://learn.microsoft.com/en-us/windows/win32/api/fwpmu/nf-fwpmu-fwpmengineopen0). Ends with the object. One
/// thread at a time uses it. Needs an administrator; calls block for as long as the engine takes, and for a transaction
/// of somebody else at most 3 s.
class Engine {
 public:
  [[nodiscard]] static Result<Engine> open(SessionKind kind);

  /// Ends the session; only the destructor may be called afterwards. Where it fails although the engine runs, a dynamic
  /// session's filters may stand until the process ends.
  [[nodiscard]] Status close();
  /// Whether the engine answers, and this session goes on.
  [[nodiscard]] Status probe();

  /// Opens a transaction; aborted when the object goes without commit()
  /// (https://learn.microsoft.com/en-us/windows/win32/fwp/object-management, "Transactions").
  class Transaction {
   public:
    explicit Transaction(Engine& engine);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    [[nodiscard]] const Status& begun() const { return begun_; }
    [[nodiscard]] Status commit();

   private:
    Engine& engine_;
    Status begun_;
    bool open_;
  };

  /// Our provider and sublayer, persistent. What is there already stays as it is.
  [[nodiscard]] Status add_sublayer();
  /// A sublayer or provider that is not there is success; one that holds objects is FWP_E_IN_USE.
  [[nodiscard]] Status remove_sublayer();
  [[nodiscard]] Result<SublayerState> sublayer();

  /// Returns the id by which events name it through `id`, where that is not null.
  [[nodiscard]] Status add(const Filter& filter, std::uint64_t* id = nullptr);
  /// One that is not there is success.
  [[nodiscard]] Status remove(const Guid& key);
  [[nodiscard]] Result<bool> holds(const Guid& key);
  /// The sublayer of a filter; nullopt: there is no such filter.
  [[nodiscard]] Result<std::optional<Guid>> sublayer_of(const Guid& key);
  /// Everything in our sublayer, boot-time and disabled filters included.
  [[nodiscard]] Result<std::vector<Installed>> filters();

  [[nodiscard]] void* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  Engine(void* handle, SecurityDescriptor protection) : protection_(std::move(protection)), handle_(handle) {}
  Result<void> collect(Family family, std::vector<Installed>& found);

  SecurityDescriptor protection_;
  std::unique_ptr<void, Close> handle_;
};

}  // namespace jitgate::wfp
