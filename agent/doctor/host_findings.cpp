#include "agent/doctor/findings.hpp"

namespace jitgate::doctor {

void add_host_findings(const Evidence& evidence, Findings& findings) {
  if (!evidence.sockets) {
    findings.push_back({"sockets.unreadable", Severity::unhealthy,
                        "what listens on this host cannot be read: " + describe(evidence.sockets.error()),
                        "sudo jitgated --doctor"});
  } else if (!evidence.sockets->processes_readable) {
    findings.push_back({"processes.unreadable", Severity::note,
                        "not every listening program could be looked at: SSH and RDP on ports that are not theirs by "
                        "number may be missing",
                        "sudo jitgated --doctor"});
  }
  if (!evidence.clock_synchronized) {
    findings.push_back({"clock.notSynchronized", Severity::warning,
                        "the clock is not synchronised: ends of grants are as wrong as it is, and restored grants wait",
                        "timedatectl set-ntp true"});
  }
  for (const SavedRuleset& saved : evidence.saved) {
    findings.push_back(
        {"ruleset.saved", Severity::warning,
         saved.path + " holds rules of jitgate (" + saved.found + "); loaded at boot they stand without jitgated",
         "take table inet jitgate and rules whose comment begins with \"jitgate: \" out of " + saved.path});
  }
}

}  // namespace jitgate::doctor
