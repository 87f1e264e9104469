# SSH for scripts/quickstart-scene: a real server, real logins, sessions that stay open.

start_sshd() {
  ssh-keygen -q -t ed25519 -N '' -C quickstart -f "$work/host_key"
  ssh-keygen -q -t ed25519 -N '' -C quickstart -f "$work/user_key"
  cp "$work/user_key.pub" "$work/authorized_keys"
  echo "$server $(cut -d' ' -f1,2 "$work/host_key.pub")" >"$work/known_hosts"
  cat >"$work/sshd_config" <<CONFIG
HostKey $work/host_key
AuthorizedKeysFile $work/authorized_keys
PidFile none
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
CONFIG
  at server /usr/sbin/sshd -D -f "$work/sshd_config" -E "$work/sshd.log" &
  eventually 10 connects friend || fail "sshd does not answer: $(cat "$work/sshd.log")"
}

# A TCP connection, and nothing more.
connects() { at "$1" nc -z -w 2 "$server" 22; }

expect_open() {
  connects "$1" || fail "$1 cannot connect"
  note "$1 can connect to port 22"
}

ssh_from() {  # HOST [COMMAND]
  at "$1" ssh -F /dev/null -i "$work/user_key" -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=3 \
    -o "UserKnownHostsFile=$work/known_hosts" -o GlobalKnownHostsFile=/dev/null "root@$server" "${@:2}"
}

expect_refused() {
  local said
  printf '   %s%s$ ssh root@%s%s\n' "$faint" "$1" "$server" "$plain"
  if said=$(ssh_from "$1" true 2>&1 </dev/null); then fail "$1 could log in"; fi
  grep -q 'timed out' <<<"$said" || fail "$1 was to be met with silence, but: $said"
  printf '   %s\n' "$said"
}

expect_login() {
  local said
  printf '   %s%s$ ssh root@%s hostname%s\n' "$faint" "$1" "$server" "$plain"
  said=$(ssh_from "$1" hostname </dev/null) || fail "$1 cannot log in"
  [ "$said" = "$(hostname)" ] || fail "the login answered: $said"
  printf '   %s\n' "$said"
}

# A login from the friend's host that stays: a remote shell between two pipes.
declare -A to_session from_session
open_session() {  # NAME
  local in out
  mkfifo "$work/$1.in" "$work/$1.out"
  ssh_from friend sh <"$work/$1.in" >"$work/$1.out" 2>"$work/$1.log" &
  exec {in}<>"$work/$1.in" {out}<>"$work/$1.out"
  to_session[$1]=$in from_session[$1]=$out
}

expect_answer() {  # NAME
  local word=$RANDOM answer=
  echo "echo $word" >&"${to_session[$1]}"
  read -r -t 10 -u "${from_session[$1]}" answer || true
  [ "$answer" = "$word" ] || fail "the session \"$1\" does not answer: $(cat "$work/$1.log")"
  note "the session \"$1\" answers: echo $word"
}
