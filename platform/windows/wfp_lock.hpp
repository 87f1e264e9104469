#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "agent/model/ruleset.hpp"
#include "platform/windows/wfp_engine.hpp"

namespace jitgate::wfp {

/// Which filters of our sublayer are a dynamic session's of this process.
using IsDynamic = std::function<bool(const Guid&)>;

/// Makes the sublayer hold exactly `wanted` beside what `is_dynamic` knows, in one transaction: what is there already
/// stays, and what somebody else put there goes.
[[nodiscard]] Status install(Engine& engine, const std::vector<Filter>& wanted, const std::vector<Installed>& found,
                             const IsDynamic& is_dynamic);

/// Our sublayer holds each of `wanted` unaltered, and nothing else but what `is_dynamic` knows.
[[nodiscard]] bool intact(const std::vector<Installed>& found, const std::vector<Filter>& wanted,
                          const IsDynamic& is_dynamic);

/// Removes every filter of ours, boot-time ones included, the sublayer and the provider, in one transaction. Filters of
/// a dynamic session that still runs cannot be removed by another one: with `keep_sublayer_in_use` they, and the
/// sublayer that they are in, are left to it, and without is an error.
[[nodiscard]] Status remove_everything(Engine& engine, const std::vector<Installed>& found, bool keep_sublayer_in_use);

/// Which port each filter that denies is for.
[[nodiscard]] std::map<std::uint64_t, TransportPort> ports_by_id(const std::vector<Installed>& found);

}  // namespace jitgate::wfp
