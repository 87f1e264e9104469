# Other firewalls, as their own units run them.

# neighbour UNIT: enabled, with SSH open in it; a locked port stays locked over its start, reload, restart, stop and a boot.
neighbour() {
  local unit=$1 action
  probing_begin
  for action in ${2:-reload restart stop start}; do
    in_machine server systemctl "$action" "$unit" || fail "$unit: $action"
    eventually 10 state_is enforcing || fail "not enforcing after $action of $unit"
    closed "$stranger" || fail "open for a stranger after $action of $unit"
    opens "$client" || fail "closed for a grant after $action of $unit"
  done
  probing_end
  say_that "$unit: ${2:-reload restart stop start}; $(probes connected) of $(probes tried) attempts of a stranger got in"
}

scenario_firewalld() {
  locked_server
  in_machine server systemctl enable --quiet --now firewalld.service
  in_machine server firewall-cmd --quiet --permanent --remove-service=ssh
  in_machine server firewall-cmd --quiet --reload
  grant "$client" 1h
  expect "a grant passes firewalld, which lets nobody in" eventually 5 opens "$client"
  neighbour firewalld.service
  expect "no attempt got in" nobody_got_in
  machine_off server
  boot_under_fire
  expect "it boots" in_machine server systemctl is-active --quiet firewalld.service jitgated.service jitgate-lock.service
  expect "without an ordering cycle" test -z "$(in_machine server journalctl -b --no-pager -q -g 'ordering cycle')"
  expect "not one of $(probes tried) attempts got in meanwhile" nobody_got_in
  expect "what was granted is granted" eventually 20 opens "$client"
}

scenario_ufw() {
  locked_server
  in_machine server sh -c 'sed -i s/^IPV6=.*/IPV6=no/ /etc/default/ufw; ufw --force enable' >/dev/null
  grant "$client" 1h
  expect "a grant passes ufw, which lets nobody in" eventually 5 opens "$client"
  neighbour ufw.service "restart stop start"
  expect "no attempt got in" nobody_got_in
  machine_off server
  boot_under_fire
  expect "without an ordering cycle" test -z "$(in_machine server journalctl -b --no-pager -q -g 'ordering cycle')"
  expect "not one of $(probes tried) attempts got in while it booted" nobody_got_in
  expect "what was granted is granted" eventually 20 opens "$client"
}

scenario_nftables_service() {
  locked_server "$first_policy
enforcement: {ownTable: \"on\"}"
  in_machine server systemctl enable --quiet --now nftables.service
  grant "$client" 1h
  neighbour nftables.service
  expect "what flushes the whole ruleset does not flush a table that is owned: no attempt got in" nobody_got_in
  machine_off server
  boot_under_fire
  expect "the early lock comes behind it: not one of $(probes tried) attempts got in while it booted" nobody_got_in
}

scenario_network() {
  locked_server "$first_policy
metrics: {listen: 9464}"
  expect "without the drop-in there are no Internet sockets, and the state says so" in_machine server sh -c "jitgate status | grep -q 'Address family not supported'"
  expect "which takes no lock away" closed "$stranger"
  in_machine server install -D -m 0644 /usr/share/jitgate/network.conf /etc/systemd/system/jitgated.service.d/network.conf
  in_machine server systemctl daemon-reload
  in_machine server systemctl restart jitgated.service
  expect "with it there are" eventually 5 in_machine server curl -sSf -o /dev/null http://127.0.0.1:9464/metrics
}
