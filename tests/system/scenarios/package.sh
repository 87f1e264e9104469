# The package's life: installed, upgraded, removed, purged.

# Every file with its mode, owner and content, but for what any use of a machine changes.
snapshot() {
  in_machine server sh -c 'cd / && find . -xdev \( -path ./var/log -o -path ./var/lib/dpkg -o -path ./var/cache -o -path ./run -o -path ./tmp -o -path ./proc -o -path ./sys -o -path ./dev -o -path ./mnt -o -path ./var/lib/systemd -o -path ./var/tmp -o -path ./root \) -prune -o \( -type f -printf "%p %m %U %G " -exec sha256sum {} \; \) -o \( ! -type f -printf "%p %m %U %G %y %l\n" \)' |
    grep -vE '^\./etc/(passwd|group|shadow|gshadow|subuid|subgid)- |\.pwd\.lock|^\./jitgate\.deb' | sort >"$1"
}
as_before() { diff "$work/before" "$work/after" >"$work/difference" || { cat "$work/difference"; return 1; }; }

scenario_install_and_purge() {
  new_server strict
  in_machine server nft -f - <<<'table ip mine { chain in { type filter hook input priority 0; policy accept; tcp dport 9 drop; }; }'
  ruleset >"$work/ruleset"
  snapshot "$work/before"
  give_package
  session_begin old "$stranger"
  install_package jitgate.deb
  expect "the daemon runs" in_machine server systemctl is-active --quiet jitgated.service
  expect "both units are enabled" in_machine server systemctl is-enabled --quiet jitgated.service jitgate-lock.service
  expect "it protects nothing until somebody says so" opens "$stranger"
  expect "and has no rules" ruleset_as_before
  expect "the doctor proposes a policy" in_machine server sh -c 'jitgated --doctor | grep -q "number: 22"'
  put /etc/jitgate/jitgate.yaml <<<"$first_policy"
  in_machine server systemctl restart jitgated.service
  expect "a policy alone locks nothing" opens "$stranger"
  in_machine server jitgate enable --confirm 3s >/dev/null
  expect "on trial it is locked" closed "$stranger"
  expect "and lifted by itself" eventually 10 opens "$stranger"
  in_machine server jitgate enable --confirm 60s >/dev/null
  in_machine server jitgate enable --confirmed >/dev/null
  expect "confirmed, it stays" closed "$stranger"
  grant "$client" 1m
  expect "a grant lets a login in" login "$client" true
  session_begin granted "$client"
  expect "which ends on time" eventually 80 closed "$client"
  expect "a session from before the lock is alive" test -n "$(session_of old)"
  expect "as is one of the grant" session_alive granted
  in_machine server dpkg --remove jitgate >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
  expect "removed: open" opens "$stranger"
  expect "the ruleset is what it was" ruleset_as_before
  expect "the state is kept" in_machine server test -e /var/lib/jitgate/state.db
  in_machine server dpkg --purge jitgate >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
  snapshot "$work/after"
  expect "purged: every file, mode, owner and account is as before" as_before
  expect "sessions survived all of it" session_alive granted
}
ruleset_as_before() { diff <(ruleset) "$work/ruleset"; }
session_of() { pgrep -f "$work/key -b $stranger"; }

# The package with another version, and another oldest version that reads its state.
another_version() {  # VERSION OLDEST
  rm -rf "$work/tree"
  dpkg-deb -R "$package" "$work/tree"
  sed -i "s/^Version: .*/Version: $1/" "$work/tree/DEBIAN/control"
  echo "$2" >"$work/tree/usr/share/jitgate/oldest-version"
  dpkg-deb --root-owner-group -Zgzip -z1 -b "$work/tree" "$work/other.deb" >/dev/null
}

scenario_upgrade_under_load() {
  local connections=1000 grants=1000 round
  locked_server "$(sed 's/^  ports:/&\n    - {number: 24, protocol: TCP, allowedSourceAddressPrefix: "*"}/' <<<"$first_policy")"
  put /crowd.py <"$here/crowd.py"
  in_machine server systemd-run --quiet --unit crowd python3 /crowd.py serve 24
  in_machine server jitgate request --port 24 --source "$client" --duration 2h >/dev/null
  in_machine server sh -c "for i in \$(seq $grants); do jitgate request --port 22 --source 10.9.\$((i / 250)).\$((i % 250)) --duration 2h || exit 1; done" >/dev/null
  grant "$client" 2h
  /usr/bin/python3 "$here/crowd.py" call "$client" "$server" 24 "$connections" >"$work/crowd" &
  local crowd=$!
  expect "$connections connections are established" eventually 60 grep -q "^ready $connections$" "$work/crowd"
  expect "$grants grants are live, and two" test "$(live_grants)" = $((grants + 2))
  probing_begin
  for round in 1 2 3 4 5 6 7 8 9 10; do
    another_version "0.1.0+$round" 0.1.0~
    give_package "$work/other.deb"
    install_package jitgate.deb
    eventually 10 state_is enforcing || fail "upgrade $round: not enforcing"
    [ "$(live_grants)" = $((grants + 2)) ] || fail "upgrade $round: $(live_grants) grants"
    eventually 5 entries_are $((grants + 2)) || fail "upgrade $round: $(entries) entries in the kernel"
    opens "$client" || fail "upgrade $round: what was granted is closed"
  done
  say_that "upgraded 10 times: no grant was lost"
  expect "each was an upgrade" test "$(in_machine server dpkg-query -W -f '${Version}' jitgate)" = 0.1.0+10
  probing_end
  kill "$crowd"
  wait "$crowd" || true
  expect "no connection was cut: $(tail -n 1 "$work/crowd")" grep -q "^alive $connections " "$work/crowd"
  expect "not one of $(probes tried) attempts of a stranger got in" nobody_got_in 500
}
live_grants() { in_machine server jitgate grants --json | grep -o '"id":' | wc -l; }
entries() { in_machine server nft -n list table inet jitgate | grep -c '[0-9] \. 6 \. [0-9]* timeout'; }
entries_are() { [ "$(entries)" = "$1" ]; }

scenario_downgrade() {
  locked_server
  another_version 0.2.0 0.2.0~
  give_package "$work/other.deb"
  install_package jitgate.deb
  grant "$client" 1h
  give_package
  expect_not "an older version that cannot read the state is refused" in_machine server dpkg -i /jitgate.deb
  expect "with the reason" grep -q "cannot read the state of this one" "$work/output"
  expect "nothing has changed" test "$(in_machine server dpkg-query -W -f '${Version} ${db:Status-Status}' jitgate)" = "0.2.0 installed"
  expect "it enforces" state_is enforcing
  expect "the grant is there" opens "$client"
  expect "a stranger is not let in" closed "$stranger"
}

scenario_shipped_files() {
  dpkg-deb -x "$package" "$work/files"
  local program
  for program in usr/bin/jitgate usr/sbin/jitgated; do hardened "$work/files/$program"; done
  new_server strict
  give_package
  install_package jitgate.deb
  local unit
  for unit in jitgated.service jitgate-lock.service; do
    expect "$unit: systemd-analyze security at or under 1.5" in_machine server systemd-analyze security --offline=yes --threshold=15 --no-pager "$unit"
    expect "$unit: systemd-analyze verify has nothing to say" verified "$unit"
  done
  expect "its accounts and directories are those of sysusers.d and StateDirectory=" test "$(in_machine server stat -c '%U:%G %a' /etc/jitgate /etc/jitgate/jitgate.yaml /etc/jitgate/boot /run/jitgate /var/lib/jitgate | tr '\n' ' ')" = "root:root 755 root:root 644 jitgate:jitgate 700 jitgate:jitgate 755 jitgate:jitgate 700 "
  expect "lintian has nothing to say" test -z "$(lintian --allow-root --fail-on none "$package" 2>&1 | grep -E '^[EW]:')"
}
# A key that only newer versions of systemd know may be there.
verified() { in_machine server systemd-analyze verify --man=no "$1" >"$work/verify" 2>&1 && ! grep -v FileDescriptorStorePreserve "$work/verify"; }

hardened() {  # PROGRAM
  local name headers
  name=$(basename "$1")
  headers=$(readelf -W -h -l -d --dyn-syms "$1")
  expect "$name: position independent" grep -q 'Type: *DYN (Position-Independent' <<<"$headers"
  expect "$name: relocations are read-only" grep -q GNU_RELRO <<<"$headers"
  expect "$name: and bound at the start" grep -qE 'FLAGS_1.*NOW' <<<"$headers"
  expect "$name: no executable stack" grep -qE 'GNU_STACK.* RW ' <<<"$headers"
  expect "$name: stack protector" grep -q __stack_chk_fail <<<"$headers"
  expect "$name: fortified" grep -qE '__(mem|str|read|sn?printf|vsn?printf|fprintf|printf)[a-z]*_chk' <<<"$headers"
  # libstdc++ is linked in, as far as it is called: what a failed assertion prints is there where there are assertions.
  expect "$name: assertions of the standard library" grep -qaF "%s:%d: %s: Assertion '%s' failed." "$1"
  local code
  code=$(objdump -d --no-show-raw-insn "$1")
  expect "$name: indirect branches land on marks" test "$(grep -c endbr64 <<<"$code")" -gt 1000
  [ "$name" = jitgate ] || expect "$name: large frames touch every page" grep -qE 'or[ql] +\$0x0,(\(%rsp\)|0x[0-9a-f]+\(%rsp\))' <<<"$code"
  expect_not "$name: nothing both writable and executable" grep -qE ' LOAD .* RWE ' <<<"$headers"
}
