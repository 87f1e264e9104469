# The stage of scripts/quickstart-scene: three hosts as network namespaces, private files, and the daemon.

server=198.51.100.1 friend=198.51.100.10 stranger=198.51.100.20  # TEST-NET-2, RFC 5737
duration=10
work=/run/quickstart
config=$work/jitgate.yaml
bold= plain= faint=
if [ -t 1 ]; then bold=$'\033[1m' plain=$'\033[0m' faint=$'\033[2m'; fi

scene=0
step() { scene=$((scene + 1)); printf '\n%s%d. %s%s\n' "$bold" "$scene" "$*" "$plain"; }
note() { printf '   -> %s\n' "$*"; }
fail() { printf '\nquickstart failed: %s\n' "$*" >&2; [ ! -s "$work/jitgated.log" ] || sed 's/^/   jitgated: /' "$work/jitgated.log" >&2; exit 1; }

# show COMMAND...: shows the command and what it prints.
show() {
  printf '   %s$ %s%s\n' "$faint" "$*" "$plain"
  "$@" 2>&1 | sed 's/^/   /' || fail "$* ended with an error"
}

# at HOST COMMAND...: runs it there. on: the same, shown.
at() { ip netns exec "$@"; }
on() {
  printf '   %s%s# %s%s\n' "$faint" "$1" "${*:2}" "$plain"
  at "$@" 2>&1 | sed 's/^/   /' || fail "${*:2} ended with an error"
}

# eventually SECONDS COMMAND...: polls until it succeeds.
eventually() {
  local deadline=$((SECONDS + $1))
  until "${@:2}"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
}

# Everything that is written goes to memory that vanishes with this mount namespace.
private_files() {
  local place
  for place in /run /var/log; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
  mkdir -p /run/netns /run/sshd "$work/home" "$work/state"
  chmod 700 "$work" "$work/home"
  # Accounts of the play: who logs in, and whom sshd becomes. So no login shell, key or locked password of yours matters.
  printf '%s\n' "root:x:0:0:root:$work/home:/bin/sh" "sshd:x:100:65534::/run/sshd:/bin/false" >"$work/passwd"
  printf '%s\n' 'root:*:20000:0:99999:7:::' 'sshd:*:20000:0:99999:7:::' >"$work/shadow"
  chmod 600 "$work/shadow"
  mount --bind "$work/passwd" /etc/passwd
  mount --bind "$work/shadow" /etc/shadow
}

add_host() {  # NAME ADDRESS
  ip netns add "$1"
  ip link add "$1" type veth peer name eth0 netns "$1"
  ip link set "$1" master switch up
  ip -n "$1" address add "$2/24" dev eth0
  ip -n "$1" link set lo up
  ip -n "$1" link set eth0 up
}

build_stage() {
  hostname server
  private_files
  ip link add switch type bridge
  ip link set switch up
  add_host server "$server"
  add_host friend "$friend"
  add_host stranger "$stranger"
  cat >"$config" <<YAML
version: 1
host: {id: server}
policy:
  ports:
    - {number: 22, protocol: TCP, allowedSourceAddressPrefix: "*", maxRequestAccessDuration: PT3H}
enforcement: {existingRules: override}
state: {directory: $work/state}
YAML
}

daemon_answers() {
  kill -0 "$daemon" 2>/dev/null || fail "jitgated has ended"
  at server jitgate status --json >"$work/status" 2>/dev/null
}

start_daemon() {
  printf '   %sserver# jitgated --config %s &%s\n' "$faint" "$config" "$plain"
  at server jitgated --config "$config" >"$work/jitgated.log" 2>&1 &
  daemon=$!
  eventually 20 daemon_answers || fail "jitgated does not answer"
}

no_grant_is_live() { at server jitgate grants --json >"$work/grants" && ! grep -q '"Initiated"' "$work/grants"; }

wait_for_expiry() {
  note "waiting until \`jitgate grants\` is empty"
  eventually $((duration + 20)) no_grant_is_live || fail "the grant does not end"
  on server jitgate grants --all
}

expect_empty_ruleset() {
  on server nft list ruleset
  [ -z "$(at server nft list ruleset)" ] || fail "rules are left"
  note "empty"
}
