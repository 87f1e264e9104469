#include "platform/windows/wfp_engine.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "platform/windows/wfp_names.hpp"
#include "platform/windows/wfp_native.hpp"

namespace jitgate::wfp {
namespace {

constexpr UINT32 kTransactionWait = 3000;  // ms; the engine's own default of 15 s would stall the event loop
constexpr UINT32 kPage = 256;              // filters read at once
constexpr UINT32 kAnyAction = 0xffffffff;

wchar_t kProviderName[] = L"jitgate";
wchar_t kSublayerName[] = L"jitgate: locks and grants";

struct CodeName {
  std::uint32_t code;
  const char* name;
};

// What a user may meet; others are shown by their number alone.
constexpr std::array kCodeNames{
    CodeName{ERROR_ACCESS_DENIED, "access denied: this needs an administrator"},
    CodeName{RPC_S_SERVER_UNAVAILABLE, "the Base Filtering Engine does not run"},
    CodeName{0x80320003, "FWP_E_FILTER_NOT_FOUND"},
    CodeName{0x80320004, "FWP_E_LAYER_NOT_FOUND"},
    CodeName{0x80320005, "FWP_E_PROVIDER_NOT_FOUND"},
    CodeName{0x80320007, "FWP_E_SUBLAYER_NOT_FOUND"},
    CodeName{0x80320009, "FWP_E_ALREADY_EXISTS"},
    CodeName{0x8032000a, "FWP_E_IN_USE"},
    CodeName{0x8032000b, "FWP_E_DYNAMIC_SESSION_IN_PROGRESS"},
    CodeName{0x8032000c, "FWP_E_WRONG_SESSION"},
    CodeName{0x8032000d, "FWP_E_NO_TXN_IN_PROGRESS"},
    CodeName{0x8032000e, "FWP_E_TXN_IN_PROGRESS"},
    CodeName{0x8032000f, "FWP_E_TXN_ABORTED"},
    CodeName{0x80320010, "FWP_E_SESSION_ABORTED"},
    CodeName{0x80320012, "FWP_E_TIMEOUT"},
    CodeName{0x80320016, "FWP_E_LIFETIME_MISMATCH"},
    CodeName{0x80320019, "FWP_E_NOTIFICATION_DROPPED"},
    CodeName{0x8032001e, "FWP_E_INVALID_FLAGS"},
    CodeName{0x80320025, "FWP_E_INVALID_WEIGHT"},
};

/// What RPC says of a context whose server has gone.
constexpr std::array<std::uint32_t, 8> kSessionLost{
    RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED,    RPC_S_CALL_FAILED_DNE, RPC_X_SS_CONTEXT_MISMATCH,
    RPC_X_SS_IN_NULL_CONTEXT, EPT_S_NOT_REGISTERED, ERROR_INVALID_HANDLE,  0x80320010};

bool is(DWORD code, HRESULT expected) {
  return code == static_cast<DWORD>(expected);
}

std::string narrow(const wchar_t* text) {
  std::string name;
  for (; text != nullptr && *text != L'\0'; ++text) name += *text < 0x80 ? static_cast<char>(*text) : '?';
  return name;
}

/// Frees what the engine allocated.
struct FreeMemory {
  void operator()(void* memory) const { FwpmFreeMemory0(&memory); }
};
template <class T>
using Allocated = std::unique_ptr<T, FreeMemory>;

class Enumeration {
 public:
  Enumeration(HANDLE engine, Family family) : engine_(engine) {
    // Without a template boot-time filters are left out, and the sublayer that they are in cannot be deleted.
    FWPM_FILTER_ENUM_TEMPLATE0 wanted;
    std::memset(&wanted, 0, sizeof wanted);
    wanted.layerKey = to_native(family == Family::ipv4 ? kLayerRecvAcceptV4 : kLayerRecvAcceptV6);
    wanted.enumType = FWP_FILTER_ENUM_OVERLAPPING;
    wanted.flags = FWP_FILTER_ENUM_FLAG_INCLUDE_BOOTTIME | FWP_FILTER_ENUM_FLAG_INCLUDE_DISABLED;
    wanted.actionMask = kAnyAction;
    created_ = FwpmFilterCreateEnumHandle0(engine_, &wanted, &handle_);
  }
  ~Enumeration() {
    if (created_ == ERROR_SUCCESS) FwpmFilterDestroyEnumHandle0(engine_, handle_);
  }
  Enumeration(const Enumeration&) = delete;
  Enumeration& operator=(const Enumeration&) = delete;

  [[nodiscard]] Status created() const { return {created_, "FwpmFilterCreateEnumHandle0"}; }

  /// `see` is called for each filter of the next page; `more`: there may be another one.
  Status next(const std::function<void(const FWPM_FILTER0&)>& see, bool& more) {
    FWPM_FILTER0** entries = nullptr;
    UINT32 count = 0;
    const DWORD code = FwpmFilterEnum0(engine_, handle_, kPage, &entries, &count);
    const Allocated<FWPM_FILTER0*> page(entries);
    for (UINT32 i = 0; code == ERROR_SUCCESS && i < count; ++i) see(*entries[i]);
    more = code == ERROR_SUCCESS && count == kPage;
    return {code, "FwpmFilterEnum0"};
  }

 private:
  HANDLE engine_;
  HANDLE handle_ = nullptr;
  DWORD created_;
};

}  // namespace

bool Status::session_lost() const {
  return std::ranges::find(kSessionLost, code_) != kSessionLost.end();
}

Error Status::to_error() const {
  char number[16];
  std::snprintf(number, sizeof number, "0x%08x", static_cast<unsigned>(code_));
  const auto known = std::ranges::find(kCodeNames, code_, &CodeName::code);
  const std::string text =
      known == kCodeNames.end() ? "error " + std::string(number) : std::string(known->name) + " (" + number + ")";
  return error(errc::firewall_failed, text, std::string(call_));
}

void Engine::Close::operator()(void* handle) const {
  FwpmEngineClose0(handle);
}

Result<Engine> Engine::open(SessionKind kind) {
  auto protection = SecurityDescriptor::parse(kProtection);
  if (!protection) return protection.error();
  FWPM_SESSION0 session;
  std::memset(&session, 0, sizeof session);
  session.displayData.name = kProviderName;
  session.flags = kind == SessionKind::dynamic ? kSessionDynamic : 0;
  session.txnWaitTimeoutInMSec = kTransactionWait;
  HANDLE handle = nullptr;
  const Status opened(FwpmEngineOpen0(nullptr, RPC_C_AUTHN_WINNT, nullptr, &session, &handle), "FwpmEngineOpen0");
  if (!opened.ok()) return opened.to_error();
  return Engine(handle, std::move(*protection));
}

Status Engine::close() {
  return {FwpmEngineClose0(handle_.release()), "FwpmEngineClose0"};
}

Status Engine::probe() {
  const GUID key = to_native(kSublayer);
  FWPM_SUBLAYER0* found = nullptr;
  const DWORD code = FwpmSubLayerGetByKey0(handle_.get(), &key, &found);
  const Allocated<FWPM_SUBLAYER0> sublayer(found);
  return {is(code, FWP_E_SUBLAYER_NOT_FOUND) ? 0 : code, "FwpmSubLayerGetByKey0"};
}

Engine::Transaction::Transaction(Engine& engine)
    : engine_(engine),
      begun_(FwpmTransactionBegin0(engine.handle_.get(), 0), "FwpmTransactionBegin0"),
      open_(begun_.ok()) {}

Engine::Transaction::~Transaction() {
  if (open_) FwpmTransactionAbort0(engine_.handle_.get());
}

Status Engine::Transaction::commit() {
  const Status committed(FwpmTransactionCommit0(engine_.handle_.get()), "FwpmTransactionCommit0");
  open_ = !committed.ok();
  return committed;
}

Status Engine::add_sublayer() {
  void* const descriptor = protection_.attributes().lpSecurityDescriptor;
  FWPM_PROVIDER0 provider;
  std::memset(&provider, 0, sizeof provider);
  provider.providerKey = to_native(kProvider);
  provider.displayData.name = kProviderName;
  // No service name: with one, the engine disables the provider's persistent objects while that service is not
  // set to start by itself.
  provider.flags = kProviderPersistent;
  const Status provided(FwpmProviderAdd0(handle_.get(), &provider, descriptor), "FwpmProviderAdd0");
  if (!provided.ok() && !is(provided.code(), FWP_E_ALREADY_EXISTS)) return provided;
  GUID provider_key = provider.providerKey;
  FWPM_SUBLAYER0 sublayer;
  std::memset(&sublayer, 0, sizeof sublayer);
  sublayer.subLayerKey = to_native(kSublayer);
  sublayer.displayData.name = kSublayerName;
  sublayer.flags = kSublayerPersistent;
  sublayer.providerKey = &provider_key;
  sublayer.weight = kSublayerWeight;
  const Status added(FwpmSubLayerAdd0(handle_.get(), &sublayer, descriptor), "FwpmSubLayerAdd0");
  return is(added.code(), FWP_E_ALREADY_EXISTS) ? Status(0, "FwpmSubLayerAdd0") : added;
}

Status Engine::remove_sublayer() {
  const GUID sublayer = to_native(kSublayer);
  const Status removed(FwpmSubLayerDeleteByKey0(handle_.get(), &sublayer), "FwpmSubLayerDeleteByKey0");
  if (!removed.ok() && !is(removed.code(), FWP_E_SUBLAYER_NOT_FOUND)) return removed;
  const GUID provider = to_native(kProvider);
  const Status gone(FwpmProviderDeleteByKey0(handle_.get(), &provider), "FwpmProviderDeleteByKey0");
  return is(gone.code(), FWP_E_PROVIDER_NOT_FOUND) ? Status(0, "FwpmProviderDeleteByKey0") : gone;
}

Result<SublayerState> Engine::sublayer() {
  const GUID key = to_native(kSublayer);
  FWPM_SUBLAYER0* found = nullptr;
  const Status status(FwpmSubLayerGetByKey0(handle_.get(), &key, &found), "FwpmSubLayerGetByKey0");
  const Allocated<FWPM_SUBLAYER0> sublayer(found);
  if (is(status.code(), FWP_E_SUBLAYER_NOT_FOUND)) return SublayerState::absent;
  if (!status.ok()) return status.to_error();
  const bool as_made = sublayer->weight == kSublayerWeight && (sublayer->flags & kSublayerPersistent) != 0 &&
                       sublayer->providerKey != nullptr && from_native(*sublayer->providerKey) == kProvider;
  return as_made ? SublayerState::as_made : SublayerState::altered;
}

Status Engine::add(const Filter& filter, std::uint64_t* id) {
  const NativeFilter native(filter);
  UINT64 given = 0;
  const Status added(FwpmFilterAdd0(handle_.get(), native.get(), protection_.attributes().lpSecurityDescriptor, &given),
                     "FwpmFilterAdd0");
  if (id != nullptr) *id = given;
  return added;
}

Status Engine::remove(const Guid& key) {
  const GUID native = to_native(key);
  const Status removed(FwpmFilterDeleteByKey0(handle_.get(), &native), "FwpmFilterDeleteByKey0");
  return is(removed.code(), FWP_E_FILTER_NOT_FOUND) ? Status(0, "FwpmFilterDeleteByKey0") : removed;
}

Result<std::optional<Guid>> Engine::sublayer_of(const Guid& key) {
  const GUID native = to_native(key);
  FWPM_FILTER0* found = nullptr;
  const Status status(FwpmFilterGetByKey0(handle_.get(), &native, &found), "FwpmFilterGetByKey0");
  const Allocated<FWPM_FILTER0> filter(found);
  if (is(status.code(), FWP_E_FILTER_NOT_FOUND)) return std::optional<Guid>{};
  if (!status.ok()) return status.to_error();
  return std::optional(from_native(filter->subLayerKey));
}

Result<bool> Engine::holds(const Guid& key) {
  const auto sublayer = sublayer_of(key);
  if (!sublayer) return sublayer.error();
  return sublayer->has_value();
}

Result<void> Engine::collect(Family family, std::vector<Installed>& found) {
  Enumeration enumeration(handle_.get(), family);
  if (!enumeration.created().ok()) return enumeration.created().to_error();
  const auto see = [&found](const FWPM_FILTER0& filter) {
    if (from_native(filter.subLayerKey) != kSublayer) return;
    found.push_back({from_native(filter.filterKey), filter.filterId, narrow(filter.displayData.name), parse(filter)});
  };
  for (bool more = true; more;) {
    const Status page = enumeration.next(see, more);
    if (!page.ok()) return page.to_error();
  }
  return {};
}

Result<std::vector<Installed>> Engine::filters() {
  std::vector<Installed> found;
  for (const Family family : {Family::ipv4, Family::ipv6})
    if (const auto read = collect(family, found); !read) return read.error();
  return found;
}

}  // namespace jitgate::wfp
