# From power-on to power-off.

broken_daemon() { put /etc/systemd/system/jitgated.service.d/broken.conf <<<$'[Service]\nType=simple\nExecStart=\nExecStart=/bin/false'; }

# boot_under_fire: a stranger knocks from before the first unit until the machine is up, and for a second more.
boot_under_fire() {
  probing_begin
  machine_boot server
  eventually 20 in_machine server systemctl is-active --quiet ssh.service || fail "sshd does not run"
  eventually 20 in_machine server sh -c "ip -4 address show dev eth0 | grep -q $server" || fail "there is no network"
  sleep 1
  probing_end
}

scenario_boot_without_daemon() {
  locked_server
  broken_daemon
  machine_off server
  boot_under_fire
  expect "the daemon does not run" test "$(in_machine server sh -c 'jitgate status >/dev/null 2>&1; echo $?')" = 3
  expect "not one of $(probes tried) attempts got in, from power-on on" nobody_got_in 200
  in_machine server systemctl disable --quiet jitgate-lock.service
  machine_off server
  boot_under_fire
  expect "without the early lock $(probes connected) do: the test can fail" test "$(probes connected)" -gt 0
}

scenario_boot_lock_tries_again() {
  locked_server
  broken_daemon
  put /etc/systemd/system/jitgate-lock.service.d/once.conf <<<$'[Service]\nExecStartPre=+/bin/sh -c "test -e /run/tried || { touch /run/tried; kill -KILL $$$$; }"'
  machine_off server
  boot_under_fire
  expect "an early lock that was killed is tried again" test "$(property NRestarts jitgate-lock.service) $(property Result jitgate-lock.service)" = "1 success"
  expect "not one of $(probes tried) attempts got in" nobody_got_in 200
}

scenario_boot_lock_says_why() {
  locked_server
  broken_daemon
  put /etc/jitgate/jitgate.yaml <<<"nonsense"
  in_machine server rm /var/lib/jitgate/accepted.yaml /etc/jitgate/boot/accepted.yaml
  machine_off server
  machine_boot server
  expect "without any configuration it fails" test "$(property Result jitgate-lock.service)" = exit-code
  expect "and says why" in_machine server sh -c "journalctl -b -u jitgate-lock.service --no-pager | grep -q /etc/jitgate/jitgate.yaml"
  expect "nothing waits for it" in_machine server systemctl is-active --quiet multi-user.target ssh.service
}

# What holds the state is mounted when the network has long been there.
mount_var_late() {
  put /etc/systemd/system/var.mount <<<$'[Unit]\nDefaultDependencies=no\nAfter=systemd-networkd.service network.target\n[Mount]\nWhat=/srv/var\nWhere=/var\nType=none\nOptions=bind\n[Install]\nWantedBy=multi-user.target'
  in_machine server systemctl stop jitgated.service
  in_machine server sh -c 'cp -a /var /srv/var && rm -rf /var/lib/jitgate && systemctl enable --quiet var.mount'
}
when() { in_machine server systemctl show -p "$2" --value "$1"; }
locked_before_var() { [ "$(when jitgate-lock.service ExecMainExitTimestampMonotonic)" -lt "$(when var.mount ActiveEnterTimestampMonotonic)" ]; }

scenario_boot_with_late_var() {
  new_server
  give_package
  install_package jitgate.deb
  put /etc/jitgate/jitgate.yaml <<<$'version: 1\npolicy: {authority: api}\nclock: {wait: PT1S}'
  put /ports.yaml <<<'ports: [{number: 22, protocol: TCP}]'
  in_machine server systemctl restart jitgated.service
  in_machine server jitgate enable >/dev/null
  in_machine server jitgate policy set /ports.yaml >/dev/null
  expect "port 22, which the API has set, is closed for a stranger" eventually 5 closed "$stranger"
  mount_var_late
  broken_daemon
  machine_off server
  boot_under_fire
  expect "the state is mounted" in_machine server test -e /var/lib/jitgate/state.db
  expect "the lock was there first" locked_before_var
  expect "not one of $(probes tried) attempts got in, without daemon and state" nobody_got_in 200
  in_machine server sh -c 'rm -r /etc/jitgate/boot/*'
  machine_off server
  boot_under_fire
  expect "without the copies in /etc/jitgate/boot $(probes connected) do: the test can fail" test "$(probes connected)" -gt 0
  in_machine server rm /etc/systemd/system/jitgated.service.d/broken.conf
  machine_off server
  machine_boot server
  expect "with its daemon it locks" eventually 20 closed "$stranger"
  in_machine server jitgate disable >/dev/null
  machine_off server
  boot_under_fire
  expect "disabled, not even the early lock locks" test "$(probes connected)" -gt 0
  expect "as it says" in_machine server sh -c "journalctl -b -u jitgate-lock.service --no-pager | grep -q disabled"
}

scenario_reboot_with_grants() {
  locked_server
  grant "$client" 1h
  machine_crash server
  boot_under_fire
  expect "a grant is back after the plug was pulled" eventually 20 opens "$client"
  expect "not one of $(probes tried) attempts of a stranger got in" nobody_got_in 200
  expect "there was no ordering cycle" test -z "$(in_machine server journalctl -b --no-pager -g 'ordering cycle|deleted to break' -q)"
  in_machine server jitgate disable >/dev/null
  expect "disabled: open" opens "$stranger"
  machine_off server
  machine_boot server
  expect "after a reboot, too" opens "$stranger"
  expect "and there is no table" test -z "$(ruleset)"
}

# A door that listens to the very end, as what nothing orders before the network's end does.
stopping_server() {
  locked_server "$(sed 's/^  ports:/&\n    - {number: 23, protocol: TCP, allowedSourceAddressPrefix: "*"}/' <<<"$first_policy")
enforcement: {ownTable: \"on\"}"
  in_machine server systemctl enable --quiet --now nftables.service
  put /etc/systemd/system/door.service <<<$'[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/usr/bin/nc -lk 23'
  in_machine server systemctl start door.service
  expect "port 23 is closed" eventually 5 closed "$stranger" 23
}

stop_under_fire() {
  probing_begin "$stranger" 23
  sleep 0.5
  machine_off server
  probing_end
}

scenario_shutdown() {
  stopping_server
  stop_under_fire
  expect "nftables.service flushes the ruleset as it stops: not one of $(probes tried) attempts got in" nobody_got_in 100
  machine_boot server
  put /etc/systemd/system/jitgated.service.d/early.conf <<<$'[Unit]\nConflicts=shutdown.target\nBefore=shutdown.target\nAfter=nftables.service'
  in_machine server systemctl daemon-reload
  in_machine server systemctl start door.service
  expect "port 23 is closed" eventually 5 closed "$stranger" 23
  stop_under_fire
  expect "with a daemon that stops like any service $(probes connected) do: the test can fail" test "$(probes connected)" -gt 0
}
