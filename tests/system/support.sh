# What the scenarios share; sourced by ./run.

server=198.51.100.1 client=198.51.100.10 stranger=198.51.100.20  # TEST-NET-2, RFC 5737
first_policy='version: 1
policy:
  ports:
    - {number: 22, protocol: TCP, allowedSourceAddressPrefix: "*", maxRequestAccessDuration: PT3H}
clock: {wait: PT1S}
limits: {requestsPerMinute: 100000, requestBurst: 100000, grantsPerRequestor: 10000}'

fail() {
  echo "   failed: $*" >&2
  [ -z "${machine_init[server]-}" ] ||
    in_machine server journalctl --no-pager -n 25 -o short-monotonic -u 'jitgate*' 2>/dev/null | sed 's/^/   | /' >&2
  exit 1
}
say_that() { echo "   $*"; }

# expect WHAT COMMAND...: the scenario ends unless the command succeeds. What the last command said is in $work/output.
expect() {
  if said "${@:2}"; then say_that "$1"; else fail "$1 ($(printf '%s ' "${@:2}")): $(tail -n 5 "$work/output")"; fi
}
expect_not() {
  if said "${@:2}"; then fail "$1 ($(printf '%s ' "${@:2}")): $(tail -n 5 "$work/output")"; else say_that "$1"; fi
}
said() {
  local status=0
  "$@" >"$work/saying" 2>&1 || status=$?
  mv "$work/saying" "$work/output"
  return $status
}

eventually() {  # SECONDS COMMAND...
  local deadline=$((SECONDS + $1))
  until "${@:2}"; do
    [ "$SECONDS" -le "$deadline" ] || return 1
    sleep 0.05
  done
}

# The wire: one link with the peers' addresses on it.
wire_up() {
  ip link set lo up
  ip link add wire type bridge
  ip address add "$client/24" dev wire
  ip address add "$stranger/24" dev wire
  ip link set wire up
}

# What a SYN from SOURCE to PORT is answered with in a second.
opens() { nc -z -w 1 -s "$1" "$server" "${2:-22}"; }
closed() { ! opens "$@"; }

key() { [ -f "$work/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$work/key"; }

# A machine called server, with sshd, and alice, who may sudo. Three protections of the unit make systemd mount another /proc,
# in which the boot id is that of this host and not the machine's; they stay with `strict` alone.
new_server() {
  key
  machine_new server "$server"
  local files=$work/server/upper
  mkdir -p "$files/root/.ssh"
  chmod 700 "$files/root" "$files/root/.ssh"
  cp "$work/key.pub" "$files/root/.ssh/authorized_keys"
  if [ "${1-}" != strict ]; then
    mkdir -p "$files/etc/systemd/system/jitgated.service.d"
    printf '[Service]\nProtectProc=default\nProtectControlGroups=no\nProtectKernelTunables=no\n' >"$files/etc/systemd/system/jitgated.service.d/lab.conf"
  fi
  machine_boot server
  in_machine server useradd -m -G sudo -s /bin/bash alice
  in_machine server install -d -o alice -g alice -m 700 /home/alice/.ssh
  in_machine server install -o alice -g alice -m 600 /root/.ssh/authorized_keys /home/alice/.ssh/authorized_keys
  in_machine server systemctl enable --quiet --now ssh.service
  eventually 10 opens "$stranger" || fail "sshd does not answer"
}

put() {  # FILE: standard input becomes that file of the server
  in_machine server sh -c "mkdir -p \$(dirname $1); cat >$1"
}

install_package() { in_machine server dpkg -i "/$1" >"$work/dpkg.log" 2>&1 || fail "dpkg: $(tail -n 5 "$work/dpkg.log")"; }

give_package() { put /jitgate.deb <"${1:-$package}"; }

# The package, port 22 locked.
locked_server() {  # [CONFIGURATION [strict]]
  new_server "${2-}"
  give_package
  install_package jitgate.deb
  put /etc/jitgate/jitgate.yaml <<<"${1:-$first_policy}"
  in_machine server systemctl restart jitgated.service
  in_machine server jitgate enable >/dev/null
  expect "port 22 is closed for a stranger" eventually 5 closed "$stranger"
}

grant() {  # SOURCE DURATION
  in_machine server runuser -u alice -- jitgate request --port 22 --source "$1" --duration "$2" --justification test >/dev/null
}

login() {  # SOURCE COMMAND...
  ssh -F none -i "$work/key" -b "$1" -o BatchMode=yes -o ConnectTimeout=3 -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "alice@$server" "${@:2}"
}

# A session that stays: what goes in comes back.
session_begin() {  # NAME SOURCE
  mkfifo "$work/$1.in"
  login "$2" cat <"$work/$1.in" >"$work/$1.out" 2>"$work/$1.err" &
  exec {session_input}>"$work/$1.in"
  session_alive "$1" || fail "no session: $(cat "$work/$1.err")"
}
session_alive() {
  local word=$RANDOM$RANDOM
  echo "$word" >&"$session_input" || return 1
  eventually 5 grep -qx "$word" "$work/$1.out"
}

# A stranger that knocks without a pause.
probing_begin() { /usr/bin/python3 "$here/prober.py" "${1:-$stranger}" "$server" "${2:-22}" >"$work/probes" & prober=$!; }
probing_end() { kill "$prober"; wait "$prober"; cat "$work/probes" >&2; }
probes() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" "$work/probes"; }
nobody_got_in() { [ "$(probes tried)" -gt "${1:-50}" ] && [ "$(probes connected)" = 0 ] && [ "$(probes refused)" = 0 ]; }

ruleset() { in_machine server nft -s list ruleset; }
daemon_pid() { in_machine server systemctl show -p MainPID --value jitgated.service; }
property() { in_machine server systemctl show -p "$1" --value "${2:-jitgated.service}"; }
state_is() { grep -q "\"state\":\"$1\"" <(in_machine server jitgate status --json 2>/dev/null); }
