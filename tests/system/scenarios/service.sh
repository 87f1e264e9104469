# The daemon as the units run it.

scenario_least_privilege() {
  locked_server "$first_policy" strict
  local status
  status=$(in_machine server cat "/proc/$(daemon_pid)/status")
  expect_not "it does not run as root" grep -q '^Uid:[[:space:]]*0' <<<"$status"
  expect "it has CAP_NET_ADMIN and no more" grep -q '^CapEff:[[:space:]]*0000000000001000' <<<"$status"
  expect "it cannot get more" grep -q '^CapBnd:[[:space:]]*0000000000001000' <<<"$status"
  expect "no new privileges" grep -q '^NoNewPrivs:[[:space:]]*1' <<<"$status"
  expect "its system calls are filtered" grep -q '^Seccomp:[[:space:]]*2' <<<"$status"
  in_machine server jitgate disable >/dev/null
  expect "its copies for the early lock can be written" in_machine server test -e /etc/jitgate/boot/disabled
  in_machine server jitgate enable >/dev/null
  expect "and taken away" in_machine server test ! -e /etc/jitgate/boot/disabled
  expect "the state is its own" test "$(in_machine server stat -c '%U %a' /var/lib/jitgate)" = "jitgate 700"
  expect "alice, of group sudo, is a requester" grant "$client" 10m
  expect "who is in no group is none" in_machine server sh -c 'useradd bob; runuser -u bob -- jitgate request --port 22 --source 203.0.113.9 --duration 1m; [ $? -eq 4 ]'
  session_begin kept "$client"
  expect "a grant lets in" session_alive kept
  local id
  id=$(in_machine server jitgate grants --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
  expect "revoke --terminate ends it" in_machine server jitgate revoke "$id" --terminate
  expect_not "and cuts its connection: it may end sockets" session_alive kept
  expect "records are in the journal with their fields" journal_has_records
  expect "nothing was refused to it" no_denials
}
journal_has_records() {
  in_machine server journalctl -u jitgated.service -o json --no-pager >"$work/journal"
  grep -q '"JITGATE_[A-Z_]*HASH"' "$work/journal" && grep -q '"SYSLOG_IDENTIFIER":"jitgate' "$work/journal"
}
no_denials() { ! in_machine server journalctl -u jitgated.service --no-pager -p warning | grep -iE 'permitted|denied|seccomp'; }

scenario_restart() {
  locked_server "$first_policy
enforcement: {ownTable: \"on\"}"
  in_machine server systemctl restart jitgated.service
  grant "$client" 1h
  session_begin kept "$client"
  expect "systemd keeps the socket that owns the table" test "$(property NFileDescriptorStore)" = 1
  probing_begin
  local pid round
  for round in 1 2 3 4 5 6 7 8; do
    pid=$(daemon_pid)
    in_machine server kill -KILL "$pid"
    in_machine server nft flush ruleset || true
    in_machine server nft list table inet jitgate >/dev/null || fail "somebody else flushed the table after kill $round"
    eventually 10 new_daemon "$pid" || fail "it does not come back after kill $round"
  done
  say_that "killed 8 times: nobody else could flush the table meanwhile"
  expect "still enforcing" eventually 5 state_is enforcing
  expect "what was granted is granted" opens "$client"
  in_machine server systemctl stop jitgated.service
  expect "stopping leaves the locks" closed "$stranger"
  expect "and what was granted" opens "$client"
  in_machine server systemctl start jitgated.service
  probing_end
  expect "not one of $(probes tried) attempts of a stranger got in" nobody_got_in
  expect "a session that was there is there" session_alive kept
}
new_daemon() { local now; now=$(daemon_pid); [ "$now" != 0 ] && [ "$now" != "$1" ] && state_is enforcing; }

scenario_watchdog() {
  new_server
  give_package
  put /etc/systemd/system/jitgated.service.d/watchdog.conf <<<$'[Service]\nWatchdogSec=1'
  install_package jitgate.deb
  put /etc/jitgate/jitgate.yaml <<<"$first_policy"
  in_machine server systemctl reload jitgated.service
  in_machine server jitgate enable >/dev/null
  local pid
  pid=$(daemon_pid)
  probing_begin
  in_machine server kill -STOP "$pid"
  expect "a daemon that hangs is ended and started anew" eventually 15 new_daemon "$pid"
  expect "by the watchdog" in_machine server sh -c "journalctl -u jitgated.service --no-pager | grep -qi watchdog"
  probing_end
  expect "not one of $(probes tried) attempts of a stranger got in" nobody_got_in
}

scenario_reload() {
  locked_server
  in_machine server sed -i 's/number: 22/number: 23/' /etc/jitgate/jitgate.yaml
  expect "systemctl reload takes a new policy over" in_machine server systemctl reload jitgated.service
  expect "22 is open" eventually 5 opens "$stranger"
  put /etc/jitgate/jitgate.yaml <<<"nonsense"
  in_machine server systemctl reload jitgated.service || true
  expect "a wrong file changes nothing, and the state says why" eventually 5 in_machine server sh -c "jitgate status | grep -q nonsense || jitgate status --json | grep -q jitgate.yaml"
  in_machine server systemctl restart jitgated.service
  expect "it starts over a wrong file with the last good one" eventually 5 in_machine server sh -c "jitgate status --json | grep -q '\"number\":23'"
}
