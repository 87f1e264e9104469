#pragma once

// Before anything that could bring in the older winsock.h.
#include <fwpmu.h>
#include <windows.h>
#include <winsock2.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "platform/windows/wfp_filter.hpp"

namespace jitgate::wfp {

[[nodiscard]] GUID to_native(const Guid& guid);
[[nodiscard]] Guid from_native(const GUID& guid);

/// A filter as FwpmFilterAdd0 takes it
/// (https://learn.microsoft.com/en-us/windows/win32/api/fwpmtypes/ns-fwpmtypes-fwpm_filter0). Holds what the structure
/// points to, so it stays where it was made.
class NativeFilter {
 public:
  explicit NativeFilter(const Filter& filter);
  NativeFilter(const NativeFilter&) = delete;
  NativeFilter& operator=(const NativeFilter&) = delete;
  [[nodiscard]] const FWPM_FILTER0* get() const { return &filter_; }

 private:
  FWPM_FILTER_CONDITION0& condition(const Guid& field, FWP_MATCH_TYPE match, FWP_DATA_TYPE type);
  void match_flag(std::uint32_t flag);
  void match_remote(const AddressPrefix& prefix);

  FWPM_FILTER0 filter_;
  GUID provider_;
  std::wstring name_;
  std::vector<FWPM_FILTER_CONDITION0> conditions_;
  FWP_V4_ADDR_AND_MASK v4_;
  FWP_V6_ADDR_AND_MASK v6_;
};

/// The filter that this structure describes, without its name; nullopt when it is of no form that NativeFilter makes.
/// Flags that the engine adds by itself, and the order of conditions, do not count.
[[nodiscard]] std::optional<Filter> parse(const FWPM_FILTER0& filter);

}  // namespace jitgate::wfp
