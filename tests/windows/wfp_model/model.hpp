#pragma once

#include <cstdint>

/// A model of the Windows Filtering Platform, for tests: a `fwpuclnt.dll` that stands beside a test's program and keeps
/// everything in memory, or, where JITGATE_WFP_MODEL names a file, in that file, so that it spans processes: what is
/// persistent outlives them, what is dynamic ends with the process that made it, also when it is killed.
///
/// It is our reading of Microsoft's documentation
/// (https://learn.microsoft.com/en-us/windows/win32/fwp/about-windows-filtering-platform: "Object Management", "Filter
/// Arbitration", "Filter Weight Assignment", "ALE Re-authorization") and not Windows. It has never been compared with
/// it.
///
/// Modelled: sessions, transactions (one writer), object lifetimes (static, persistent, boot-time, dynamic), references
/// and the refusals they lead to, weight ranges, matching of the conditions that we use, arbitration between sublayers,
/// enumeration with its flags, notifications of changes and of drops, an engine that restarts, boots, and faults.
///
/// Not modelled: callouts, IPsec, layers other than ALE_AUTH_RECV_ACCEPT_V4 and _V6 (so nothing that is discarded
/// before them, and no outgoing connection); access rights (security descriptors are kept, and nobody is held to them;
/// whether the engine takes ours is not known); providers that the engine disables
/// with their service; provider contexts; how the engine weighs filters of one weight range (here: more conditions
/// first, then the older one); limits on memory and numbers; packets, flows and their idle times (a caller says what is
/// judged again, and why); read-only transactions beside a writer; interface profiles; what the engine changes in a
/// filter that it hands back.
namespace jitgate::wfp_model {

/// A connection that arrives, as the layer sees it.
struct Arrival {
  std::uint8_t version = 4;  ///< 4 or 6
  std::uint8_t protocol = 6;
  std::uint16_t local_port = 0;
  std::uint16_t remote_port = 0;
  std::uint8_t remote[16] = {};  ///< network order; 4 of them for IPv4
  std::uint32_t flags = 0;       ///< FWP_CONDITION_FLAG_IS_LOOPBACK, FWP_CONDITION_FLAG_IS_REAUTHORIZE
  std::uint32_t reason = 0;      ///< why it is judged again: FWP_CONDITION_REAUTHORIZE_REASON_...
};

/// Exports of the model, beside Fwpm*. Names for GetProcAddress in their order: ModelClassify, ModelReset, ModelFail,
/// ModelRestart, ModelShutDown, ModelBoot, ModelCount, ModelUnlike, ModelHold.
using Classify = int (*)(const Arrival*);  ///< 1: permitted, 0: blocked
using Reset = void (*)();                  ///< nothing is left, nothing fails
/// The next but `after` calls of this function return `code`, `times` times.
using Fail = void (*)(const char* function, std::uint32_t code, std::uint32_t after, std::uint32_t times);
/// The engine ends and starts again: sessions are over, static and dynamic objects gone.
using Restart = void (*)();
/// The machine goes down, and its network stack starts again without the engine: boot-time filters judge.
using ShutDown = void (*)();
/// The engine starts: persistent filters judge.
using Boot = void (*)();
/// Filters, sublayers and providers that there are.
using Count = std::uint32_t (*)();
/// How many of them are protected by another security descriptor than this one, in SDDL, or by none.
using Unlike = std::uint32_t (*)(const wchar_t* sddl);
/// 1: the engine answers nobody, until the same thread says 0.
using Hold = void (*)(std::int32_t held);

}  // namespace jitgate::wfp_model
