# A published port, with the rules that dockerd writes (iptables-nft, `docker run -p 8080:80`), under a unit of its own.

containers_unit='[Unit]
After=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/containers start
ExecStop=/usr/local/sbin/containers stop
[Install]
WantedBy=multi-user.target'

containers_script='#!/bin/sh
set -e
stop() {
  [ ! -e /run/box.pid ] || kill "$(cat /run/box.pid)" || true
  rm -f /run/box.pid
  ip netns del box 2>/dev/null || true
  ip link del docker0 2>/dev/null || true
  for table in nat filter; do iptables -t $table -F; iptables -t $table -X; done
  iptables -P FORWARD ACCEPT
}
start() {
  stop
  ip netns add box
  ip link add docker0 type bridge
  ip address add 172.17.0.1/16 dev docker0
  ip link set docker0 up
  ip link add veth0 type veth peer name eth0 netns box
  ip link set veth0 master docker0 up
  ip -n box address add 172.17.0.2/16 dev eth0
  ip -n box link set eth0 up
  ip -n box route add default via 172.17.0.1
  ip netns exec box nc -lk 80 >/dev/null 2>&1 </dev/null &
  echo $! >/run/box.pid
  echo 1 >/proc/sys/net/ipv4/ip_forward
  iptables-restore <<RULES
*nat
:PREROUTING ACCEPT
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
:DOCKER -
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
*filter
:INPUT ACCEPT
:FORWARD DROP
:OUTPUT ACCEPT
:DOCKER -
:DOCKER-ISOLATION-STAGE-1 -
:DOCKER-ISOLATION-STAGE-2 -
:DOCKER-USER -
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
RULES
}
"$1"'

published_policy="$(sed 's/^  ports:/&\n    - {number: 8080, protocol: TCP, allowedSourceAddressPrefix: "*"}/' <<<"$first_policy")"

scenario_docker() {
  locked_server "$published_policy"
  put /usr/local/sbin/containers <<<"$containers_script"
  put /etc/systemd/system/containers.service <<<"$containers_unit"
  in_machine server chmod 755 /usr/local/sbin/containers
  in_machine server systemctl enable --quiet --now containers.service || fail "$(in_machine server journalctl -u containers.service -n 5 --no-pager)"
  expect "without forwarded: true a published port is open: the test can fail" eventually 10 opens "$stranger" 8080
  expect "and is shown as exposed" eventually 10 in_machine server sh -c "jitgate status --json | grep -q '\"effective\":\"exposed\"'"
  put /etc/jitgate/jitgate.yaml <<<"$published_policy
enforcement: {forwarded: true}"
  in_machine server systemctl reload jitgated.service
  expect "with it, it is closed" eventually 5 closed "$stranger" 8080
  in_machine server jitgate request --port 8080 --source "$client" --duration 1h >/dev/null
  expect "a grant opens it" eventually 5 opens "$client" 8080
  probing_begin "$stranger" 8080
  local unit
  for unit in containers.service jitgated.service containers.service; do
    in_machine server systemctl restart "$unit" || fail "$unit does not restart"
    eventually 10 state_is enforcing || fail "not enforcing after a restart of $unit"
    eventually 10 opens "$client" 8080 || fail "closed for a grant after a restart of $unit"
    closed "$stranger" 8080 || fail "open for a stranger after a restart of $unit"
  done
  probing_end
  expect "over restarts of both not one of $(probes tried) attempts got in" nothing_connected
  machine_off server
  probing_begin "$stranger" 8080
  machine_boot server
  eventually 20 opens "$client" 8080 || fail "the grant is not back"
  sleep 1
  probing_end
  expect "nor of $(probes tried) while it booted" nothing_connected
}
# Refused, too, is who finds no listener while the container is not there.
nothing_connected() { [ "$(probes tried)" -gt 50 ] && [ "$(probes connected)" = 0 ]; }
