// The functions of fwpuclnt.dll that jitgate calls, on the model.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "platform/windows/wfp_names.hpp"
#include "tests/windows/wfp_model/check.hpp"
#include "tests/windows/wfp_model/hand_out.hpp"
#include "tests/windows/wfp_model/protection.hpp"
#include "tests/windows/wfp_model/session.hpp"

using namespace jitgate::wfp_model;
namespace names = jitgate::wfp;

namespace {

constexpr UINT32 kDefaultPatience = 15000;  // ms, as the engine's own

DWORD code(HRESULT value) {
  return static_cast<DWORD>(value);
}

template <class T>
auto find(std::vector<T>& objects, const Guid& key) {
  return std::ranges::find(objects, key, &T::key);
}

/// Whether this session may delete an object of that one.
DWORD check_owner(const Handle& handle, std::uint64_t session) {
  if (session != 0) return session == handle.session ? 0 : code(FWP_E_WRONG_SESSION);
  return handle.dynamic ? code(FWP_E_DYNAMIC_SESSION_IN_PROGRESS) : 0;
}

struct Enumeration {
  std::vector<Filter> filters;
  std::size_t at = 0;
};

bool selected(const Filter& filter, const FWPM_FILTER_ENUM_TEMPLATE0* wanted) {
  const bool boot = (filter.flags & names::kFilterBootTime) != 0;
  const bool disabled = (filter.flags & names::kFilterDisabled) != 0;
  if (wanted == nullptr) return !boot && !disabled;
  if (filter.layer != guid_of(wanted->layerKey)) return false;
  if ((filter.action & wanted->actionMask) != filter.action) return false;
  if (wanted->providerKey != nullptr && (!filter.provider || *filter.provider != guid_of(*wanted->providerKey)))
    return false;
  if (boot && (wanted->flags & FWP_FILTER_ENUM_FLAG_INCLUDE_BOOTTIME) == 0) return false;
  return !disabled || (wanted->flags & FWP_FILTER_ENUM_FLAG_INCLUDE_DISABLED) != 0;
}

}  // namespace

extern "C" {

DWORD WINAPI FwpmEngineOpen0(const wchar_t*, UINT32 authentication, SEC_WINNT_AUTH_IDENTITY_W*,
                             const FWPM_SESSION0* session, HANDLE* engine) {
  if (authentication != RPC_C_AUTHN_WINNT && authentication != RPC_C_AUTHN_DEFAULT) return ERROR_NOT_SUPPORTED;
  Held held;
  DWORD failed = fault(held.state(), "FwpmEngineOpen0");
  if (failed == 0 && !held.state().running) failed = RPC_S_SERVER_UNAVAILABLE;
  if (failed == 0) {
    auto handle = std::make_unique<Handle>();
    handle->session = held.state().next++;
    handle->engine = held.state().engine;
    handle->dynamic = session != nullptr && (session->flags & names::kSessionDynamic) != 0;
    handle->patience =
        session != nullptr && session->txnWaitTimeoutInMSec != 0 ? session->txnWaitTimeoutInMSec : kDefaultPatience;
    held.state().sessions.push_back({handle->session, GetCurrentProcessId(), started(GetCurrentProcessId())});
    *engine = handle.release();
  }
  held.save();
  return failed;
}

DWORD WINAPI FwpmEngineClose0(HANDLE engine) {
  std::unique_ptr<Handle> handle(static_cast<Handle*>(engine));
  if (handle->in_transaction) static_cast<void>(abort(engine));
  Held held;
  if (const DWORD failed = fault(held.state(), "FwpmEngineClose0"); failed != 0) {
    static_cast<void>(handle.release());  // the session goes on
    held.save();
    return failed;
  }
  if (held.state().engine == handle->engine) held.state().end_session(handle->session);
  held.save();
  return 0;
}

DWORD WINAPI FwpmTransactionBegin0(HANDLE engine, UINT32) {
  return begin(engine);
}
DWORD WINAPI FwpmTransactionCommit0(HANDLE engine) {
  return commit(engine);
}
DWORD WINAPI FwpmTransactionAbort0(HANDLE engine) {
  return abort(engine);
}

DWORD WINAPI FwpmProviderAdd0(HANDLE engine, const FWPM_PROVIDER0* given, PSECURITY_DESCRIPTOR protection) {
  return change(engine, "FwpmProviderAdd0", [given, protection](State& state, Handle& handle) -> DWORD {
    if (given->displayData.name == nullptr) return code(FWP_E_NULL_DISPLAY_NAME);
    const Guid key = guid_of(given->providerKey);
    if (find(state.providers, key) != state.providers.end()) return code(FWP_E_ALREADY_EXISTS);
    if (handle.dynamic && given->flags != 0) return code(FWP_E_DYNAMIC_SESSION_IN_PROGRESS);
    state.providers.push_back({key, handle.dynamic ? handle.session : 0, given->flags, written(protection)});
    return 0;
  });
}

DWORD WINAPI FwpmProviderDeleteByKey0(HANDLE engine, const GUID* key) {
  return change(engine, "FwpmProviderDeleteByKey0", [key](State& state, Handle& handle) -> DWORD {
    const Guid wanted = guid_of(*key);
    const auto found = find(state.providers, wanted);
    if (found == state.providers.end()) return code(FWP_E_PROVIDER_NOT_FOUND);
    if (const DWORD wrong = check_owner(handle, found->session); wrong != 0) return wrong;
    const auto refers = [&](const auto& one) { return one.provider == wanted; };
    if (std::ranges::any_of(state.filters, refers) || std::ranges::any_of(state.sublayers, refers))
      return code(FWP_E_IN_USE);
    state.providers.erase(found);
    return 0;
  });
}

DWORD WINAPI FwpmSubLayerAdd0(HANDLE engine, const FWPM_SUBLAYER0* given, PSECURITY_DESCRIPTOR protection) {
  return change(engine, "FwpmSubLayerAdd0", [given, protection](State& state, Handle& handle) -> DWORD {
    if (given->displayData.name == nullptr) return code(FWP_E_NULL_DISPLAY_NAME);
    const Guid key = guid_of(given->subLayerKey);
    if (find(state.sublayers, key) != state.sublayers.end()) return code(FWP_E_ALREADY_EXISTS);
    if (handle.dynamic && given->flags != 0) return code(FWP_E_DYNAMIC_SESSION_IN_PROGRESS);
    Sublayer sublayer{
        key, handle.dynamic ? handle.session : 0, given->flags, std::nullopt, given->weight, written(protection)};
    if (given->providerKey != nullptr) {
      sublayer.provider = guid_of(*given->providerKey);
      const auto provider = find(state.providers, *sublayer.provider);
      if (provider == state.providers.end()) return code(FWP_E_PROVIDER_NOT_FOUND);
      if ((sublayer.flags & 1) != 0 && (provider->flags & 1) == 0) return code(FWP_E_LIFETIME_MISMATCH);
    }
    state.sublayers.push_back(sublayer);
    return 0;
  });
}

DWORD WINAPI FwpmSubLayerDeleteByKey0(HANDLE engine, const GUID* key) {
  return change(engine, "FwpmSubLayerDeleteByKey0", [key](State& state, Handle& handle) -> DWORD {
    const Guid wanted = guid_of(*key);
    const auto found = find(state.sublayers, wanted);
    if (found == state.sublayers.end()) return code(FWP_E_SUBLAYER_NOT_FOUND);
    if (const DWORD wrong = check_owner(handle, found->session); wrong != 0) return wrong;
    if (std::ranges::any_of(state.filters, [&](const Filter& one) { return one.sublayer == wanted; }))
      return code(FWP_E_IN_USE);
    state.sublayers.erase(found);
    return 0;
  });
}

DWORD WINAPI FwpmSubLayerGetByKey0(HANDLE engine, const GUID* key, FWPM_SUBLAYER0** found) {
  return look(engine, "FwpmSubLayerGetByKey0", [&](State& state, Handle&) -> DWORD {
    const auto one = find(state.sublayers, guid_of(*key));
    if (one == state.sublayers.end()) return code(FWP_E_SUBLAYER_NOT_FOUND);
    *found = hand_out(*one);
    return 0;
  });
}

DWORD WINAPI FwpmFilterAdd0(HANDLE engine, const FWPM_FILTER0* given, PSECURITY_DESCRIPTOR protection, UINT64* id) {
  return change(engine, "FwpmFilterAdd0", [&](State& state, Handle& handle) -> DWORD {
    Filter filter;
    if (const DWORD wrong = read_filter(*given, filter); wrong != 0) return wrong;
    if (const DWORD wrong = check_references(state, filter, handle.dynamic); wrong != 0) return wrong;
    filter.session = handle.dynamic ? handle.session : 0;
    filter.protection = written(protection);
    filter.id = state.next++;
    if (id != nullptr) *id = filter.id;
    state.note(Event::Kind::added, filter.key, filter.id, handle.session);
    state.filters.push_back(std::move(filter));
    return 0;
  });
}

DWORD WINAPI FwpmFilterDeleteByKey0(HANDLE engine, const GUID* key) {
  return change(engine, "FwpmFilterDeleteByKey0", [key](State& state, Handle& handle) -> DWORD {
    const auto found = find(state.filters, guid_of(*key));
    if (found == state.filters.end()) return code(FWP_E_FILTER_NOT_FOUND);
    if (const DWORD wrong = check_owner(handle, found->session); wrong != 0) return wrong;
    state.note(Event::Kind::deleted, found->key, found->id, handle.session);
    state.filters.erase(found);
    return 0;
  });
}

DWORD WINAPI FwpmFilterGetByKey0(HANDLE engine, const GUID* key, FWPM_FILTER0** found) {
  return look(engine, "FwpmFilterGetByKey0", [&](State& state, Handle&) -> DWORD {
    const auto one = find(state.filters, guid_of(*key));
    if (one == state.filters.end()) return code(FWP_E_FILTER_NOT_FOUND);
    *found = hand_out(*one);
    return 0;
  });
}

DWORD WINAPI FwpmFilterCreateEnumHandle0(HANDLE engine, const FWPM_FILTER_ENUM_TEMPLATE0* wanted, HANDLE* handle) {
  return look(engine, "FwpmFilterCreateEnumHandle0", [&](State& state, Handle&) -> DWORD {
    auto enumeration = std::make_unique<Enumeration>();
    for (const Filter& filter : state.filters)
      if (selected(filter, wanted)) enumeration->filters.push_back(filter);
    *handle = enumeration.release();
    return 0;
  });
}

DWORD WINAPI FwpmFilterEnum0(HANDLE engine, HANDLE handle, UINT32 wanted, FWPM_FILTER0*** entries, UINT32* count) {
  return look(engine, "FwpmFilterEnum0", [&](State&, Handle&) -> DWORD {
    auto& enumeration = *static_cast<Enumeration*>(handle);
    std::vector<Filter> page;
    while (page.size() < wanted && enumeration.at < enumeration.filters.size())
      page.push_back(enumeration.filters[enumeration.at++]);
    *count = static_cast<UINT32>(page.size());
    *entries = hand_out(page);
    return 0;
  });
}

DWORD WINAPI FwpmFilterDestroyEnumHandle0(HANDLE, HANDLE handle) {
  delete static_cast<Enumeration*>(handle);
  return 0;
}

void WINAPI FwpmFreeMemory0(void** memory) {
  std::free(*memory);
  *memory = nullptr;
}

DWORD WINAPI FwpmFilterSubscribeChanges0(HANDLE engine, const FWPM_FILTER_SUBSCRIPTION0* wanted,
                                         FWPM_FILTER_CHANGE_CALLBACK0 callback, void* context, HANDLE* handle) {
  const UINT32 flags = wanted->flags;
  return look(engine, "FwpmFilterSubscribeChanges0", [&](State&, Handle& session) -> DWORD {
    *handle = follow(false, session.session, [=](const Event& event) {
                const bool added = event.kind == Event::Kind::added;
                if ((flags & (added ? names::kNotifyOnAdd : names::kNotifyOnDelete)) == 0) return;
                FWPM_FILTER_CHANGE0 change{};
                change.changeType = added ? FWPM_CHANGE_ADD : FWPM_CHANGE_DELETE;
                change.filterKey = native(event.key);
                change.filterId = event.filter;
                callback(context, &change);
              }).release();
    return 0;
  });
}

DWORD WINAPI FwpmFilterUnsubscribeChanges0(HANDLE, HANDLE handle) {
  delete static_cast<Subscription*>(handle);
  return 0;
}

DWORD WINAPI FwpmNetEventSubscribe0(HANDLE engine, const FWPM_NET_EVENT_SUBSCRIPTION0*,
                                    FWPM_NET_EVENT_CALLBACK0 callback, void* context, HANDLE* handle) {
  return look(engine, "FwpmNetEventSubscribe0", [&](State&, Handle& session) -> DWORD {
    *handle = follow(true, session.session, [=](const Event& event) {
                FWPM_NET_EVENT_CLASSIFY_DROP1 drop;
                std::memset(&drop, 0, sizeof drop);
                drop.filterId = event.filter;
                FWPM_NET_EVENT1 told;
                std::memset(&told, 0, sizeof told);
                told.type = FWPM_NET_EVENT_TYPE_CLASSIFY_DROP;
                told.classifyDrop = &drop;
                callback(context, &told);
              }).release();
    return 0;
  });
}

DWORD WINAPI FwpmNetEventUnsubscribe0(HANDLE, HANDLE handle) {
  delete static_cast<Subscription*>(handle);
  return 0;
}

}  // extern "C"
