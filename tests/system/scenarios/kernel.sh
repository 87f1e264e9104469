# On a kernel of its own: what machines in namespaces, which share this one's kernel and clock, cannot show.

qemu_boot() {
  guest_files "$first_policy"
  guest_power
  guest_wait
  say_that "it boots Linux $(in_guest uname -r) with the package"
  expect "and locks nothing" opens "$stranger"
  expect "AppArmor holds the daemon" in_guest 'grep -qx "jitgated (enforce)" /proc/$(systemctl show -p MainPID --value jitgated)/attr/current'
  in_guest jitgate enable >/dev/null
  expect "enabled, port 22 is closed for a stranger" eventually 5 closed "$stranger"
  guest_grant 3h
  expect "a grant opens it" eventually 5 opens "$client"
  guest_reboots "it reboots with a grant" in_guest systemctl reboot
  guest_reboots "the plug is pulled" guest_pull_plug
  guest_clock
  expect "AppArmor has denied nothing to it" test -z "$(in_guest journalctl -b -k --no-pager -q -g '"DENIED.*jitgated"')"
  expect "the kernel lets nobody own a table, which the state says" in_guest "jitgate status --json | grep -q '\"ownsTable\":false'"
}

guest_grant() { in_guest jitgate request --port 22 --source "$client" --duration "$1" --justification test >/dev/null; }
guest_state_is() { grep -q "\"state\":\"$1\"" <(in_guest jitgate status --json 2>/dev/null); }
guest_when() { in_guest systemctl show -p "$2" --value "$1"; }
guest_pull_plug() { guest_crash; guest_power; }

# guest_reboots WHAT COMMAND...: a stranger knocks from before it until the machine is up again.
guest_reboots() {
  local before what=$1
  before=$(guest_boot_id)
  probing_begin
  "${@:2}" || true
  eventually 400 guest_rebooted "$before" || fail "it does not come back: $(tail -n 20 "$work/guest/console")"
  guest_wait
  expect "$what, and it is back" eventually 60 opens "$client"
  probing_end
  expect "not one of $(probes tried) attempts of a stranger got in" nobody_got_in 200
  expect "the lock was there before the network" test "$(guest_when jitgate-lock.service ExecMainExitTimestampMonotonic)" -lt "$(guest_when systemd-networkd.service ActiveEnterTimestampMonotonic)"
  expect "which was there before /var, with the state" test "$(guest_when systemd-networkd.service ActiveEnterTimestampMonotonic)" -le "$(guest_when var.mount ActiveEnterTimestampMonotonic)"
  expect "there was no ordering cycle" test -z "$(in_guest journalctl -b --no-pager -q -g "'ordering cycle|deleted to break'")"
}

# The guest's clock is set, as its administrator sets it.
guest_clock() {
  in_guest "date -s '+4 hours'" >/dev/null
  expect "four hours later by the clock a grant of three is over, at once" eventually 10 closed "$client"
  guest_grant 3h
  expect "a new one opens" eventually 5 opens "$client"
  in_guest "date -s '-6 hours'" >/dev/null
  expect "a clock that was set back is not believed" eventually 10 guest_state_is degraded
  expect "a stranger is kept out" closed "$stranger"
  expect_not "nothing new is granted" guest_grant 1h
  in_guest jitgate enable --accept-clock >/dev/null
  expect "until somebody says that it is right" eventually 10 guest_state_is enforcing
  guest_grant 1h
  expect "which opens again" eventually 5 opens "$client"
}
