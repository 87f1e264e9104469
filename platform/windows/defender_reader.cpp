// Before anything that could bring in the older winsock.h.
#include <netfw.h>
#include <oleauto.h>
#include <windows.h>
#include <winsock2.h>

#include <cstdio>
#include <utility>

#include "platform/windows/defender_rules.hpp"

namespace jitgate {
namespace {

constexpr LONG kEveryProtocol = 256;  // NET_FW_IP_PROTOCOL_ANY

/// COM for this thread while the object lives; one that was set up otherwise is used as it is.
class ComApartment {
 public:
  ComApartment() : entered_(CoInitializeEx(nullptr, COINIT_MULTITHREADED)) {}
  ~ComApartment() {
    if (SUCCEEDED(entered_)) CoUninitialize();
  }
  ComApartment(const ComApartment&) = delete;
  ComApartment& operator=(const ComApartment&) = delete;
  [[nodiscard]] HRESULT entered() const { return entered_ == RPC_E_CHANGED_MODE ? S_OK : entered_; }

 private:
  HRESULT entered_;
};

/// One reference to an interface.
template <class T>
class ComPointer {
 public:
  ComPointer() = default;
  ~ComPointer() {
    if (object_ != nullptr) object_->Release();
  }
  ComPointer(const ComPointer&) = delete;
  ComPointer& operator=(const ComPointer&) = delete;
  T* operator->() const { return object_; }
  [[nodiscard]] T** put() { return &object_; }
  [[nodiscard]] void** put_void() { return reinterpret_cast<void**>(&object_); }
  [[nodiscard]] T* get() const { return object_; }

 private:
  T* object_ = nullptr;
};

class Text {
 public:
  Text() = default;
  ~Text() { SysFreeString(text_); }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  [[nodiscard]] BSTR* put() { return &text_; }
  [[nodiscard]] std::string utf8() const {
    if (text_ == nullptr) return {};
    const int length = static_cast<int>(SysStringLen(text_));
    const int size = WideCharToMultiByte(CP_UTF8, 0, text_, length, nullptr, 0, nullptr, nullptr);
    std::string narrow(static_cast<std::size_t>(size), '\0');
    WideCharToMultiByte(CP_UTF8, 0, text_, length, narrow.data(), size, nullptr, nullptr);
    return narrow;
  }

 private:
  BSTR text_ = nullptr;
};

Error failed(const char* call, HRESULT code) {
  char number[16];
  std::snprintf(number, sizeof number, "0x%08lx", static_cast<unsigned long>(code));
  return error(errc::system_failed, "error " + std::string(number), call);
}

bool is_any(const std::string& addresses) {
  return addresses.empty() || addresses == "*";
}

/// nullopt: not a rule for arriving connections that is on, or one whose ports are no numbers.
std::optional<DefenderRule> read_rule(INetFwRule& rule) {
  VARIANT_BOOL enabled = VARIANT_FALSE;
  NET_FW_RULE_DIRECTION direction{};
  NET_FW_ACTION action{};
  LONG protocol = 0;
  LONG profiles = 0;
  if (FAILED(rule.get_Enabled(&enabled)) || enabled == VARIANT_FALSE) return std::nullopt;
  if (FAILED(rule.get_Direction(&direction)) || direction != NET_FW_RULE_DIR_IN) return std::nullopt;
  if (FAILED(rule.get_Action(&action)) || FAILED(rule.get_Protocol(&protocol)) || FAILED(rule.get_Profiles(&profiles)))
    return std::nullopt;
  DefenderRule read;
  read.allows = action == NET_FW_ACTION_ALLOW;
  read.profiles = static_cast<std::uint32_t>(profiles);
  const bool transport = protocol == NET_FW_IP_PROTOCOL_TCP || protocol == NET_FW_IP_PROTOCOL_UDP;
  if (!transport && protocol != kEveryProtocol) return std::nullopt;
  if (transport) read.transport = protocol == NET_FW_IP_PROTOCOL_TCP ? Transport::tcp : Transport::udp;
  Text name;
  Text ports;
  Text remote;
  Text local;
  rule.get_Name(name.put());
  rule.get_LocalPorts(ports.put());
  rule.get_RemoteAddresses(remote.put());
  rule.get_LocalAddresses(local.put());
  const auto ranges = parse_defender_ports(ports.utf8());
  if (!ranges) return std::nullopt;
  read.ports = *ranges;
  read.name = name.utf8();
  read.from_anywhere = is_any(remote.utf8()) && is_any(local.utf8());
  return read;
}

Result<void> read_rules(INetFwPolicy2& policy, DefenderState& state) {
  ComPointer<INetFwRules> rules;
  if (const HRESULT got = policy.get_Rules(rules.put()); FAILED(got)) return failed("INetFwPolicy2::get_Rules", got);
  ComPointer<IUnknown> unknown;
  if (const HRESULT got = rules->get__NewEnum(unknown.put()); FAILED(got))
    return failed("INetFwRules::get__NewEnum", got);
  ComPointer<IEnumVARIANT> every;
  if (const HRESULT got = unknown->QueryInterface(IID_IEnumVARIANT, every.put_void()); FAILED(got))
    return failed("IEnumVARIANT", got);
  VARIANT item;
  VariantInit(&item);
  while (every->Next(1, &item, nullptr) == S_OK) {
    ComPointer<INetFwRule> rule;
    if (item.vt == VT_DISPATCH && SUCCEEDED(item.pdispVal->QueryInterface(__uuidof(INetFwRule), rule.put_void()))) {
      if (auto read = read_rule(*rule.get())) state.rules.push_back(std::move(*read));
    }
    VariantClear(&item);
  }
  return {};
}

Result<void> read_profiles(INetFwPolicy2& policy, DefenderState& state) {
  LONG active = 0;
  if (const HRESULT got = policy.get_CurrentProfileTypes(&active); FAILED(got))
    return failed("INetFwPolicy2::get_CurrentProfileTypes", got);
  constexpr std::pair<NET_FW_PROFILE_TYPE2, const char*> kProfiles[] = {
      {NET_FW_PROFILE2_DOMAIN, "domain"}, {NET_FW_PROFILE2_PRIVATE, "private"}, {NET_FW_PROFILE2_PUBLIC, "public"}};
  for (const auto& [type, name] : kProfiles) {
    if ((active & type) == 0) continue;
    VARIANT_BOOL on = VARIANT_FALSE;
    VARIANT_BOOL all = VARIANT_FALSE;
    NET_FW_ACTION standard = NET_FW_ACTION_ALLOW;
    if (const HRESULT got = policy.get_FirewallEnabled(type, &on); FAILED(got))
      return failed("INetFwPolicy2::get_FirewallEnabled", got);
    if (on == VARIANT_FALSE) continue;
    policy.get_BlockAllInboundTraffic(type, &all);
    policy.get_DefaultInboundAction(type, &standard);
    state.profiles.push_back(
        {static_cast<std::uint32_t>(type), name, all != VARIANT_FALSE, standard == NET_FW_ACTION_BLOCK});
  }
  return {};
}

}  // namespace

Result<DefenderState> read_defender_state() {
  const ComApartment com;
  if (FAILED(com.entered())) return failed("CoInitializeEx", com.entered());
  ComPointer<INetFwPolicy2> policy;
  const HRESULT made = CoCreateInstance(__uuidof(NetFwPolicy2), nullptr, CLSCTX_INPROC_SERVER, __uuidof(INetFwPolicy2),
                                        policy.put_void());
  if (FAILED(made)) return failed("NetFwPolicy2", made);
  DefenderState state;
  if (const auto read = read_profiles(*policy.get(), state); !read) return read.error();
  if (const auto read = read_rules(*policy.get(), state); !read) return read.error();
  return state;
}

}  // namespace jitgate
