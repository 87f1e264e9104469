# The .rpm, in roots whose rpm knows of one package only: one that provides what the files of this Debian root provide.

the_rpm() { ls "$(dirname "$package")"/jitgate-*.rpm; }

# build_rpm NAME VERSION <<< the rest of its spec
build_rpm() {
  { printf '%s\n' "Name: $1" "Version: $2" 'Release: 1' "Summary: $1" 'License: Apache-2.0' 'AutoReq: no' '%define debug_package %{nil}' '%define __os_install_post %{nil}'; cat; } >"$work/$1-$2.spec"
  rpmbuild -bb --quiet --define "_topdir $work/rpmbuild" --define "_rpmdir $work" --define '_rpmfilename %{NAME}-%{VERSION}.rpm' \
    --define '_build_id_links none' "$work/$1-$2.spec" >"$work/rpmbuild.log" 2>&1 || fail "$1: $(tail -n 5 "$work/rpmbuild.log")"
}

# base-system.rpm: no files, and as its provisions what rpm's own generator finds in the libraries of the root.
base_system_rpm() {
  {
    echo 'Provides: /bin/sh systemd'
    find "$base"/usr/lib/x86_64-linux-gnu "$base"/lib64/ -name '*.so*' -type f | /usr/lib/rpm/elfdeps --provides | sort -u | sed 's/^/Provides: /'
    echo 'Provides: rtld(GNU_HASH)'
    printf '%s\n' '%description' 'What this root has.' '%files'
  } | build_rpm base-system 1
}

# another_rpm VERSION OLDEST: the same files and scripts, and another oldest version that reads its state.
another_rpm() {
  local tree=$work/tree-$1 script
  mkdir -p "$tree"
  (cd "$tree" && rpm2cpio "$(the_rpm)" | cpio -id --quiet)
  echo "$2" >"$tree/usr/share/jitgate/oldest-version"
  {
    printf '%s\n' '%description' 'Another version.' '%install' "cp -a $tree/. %{buildroot}/"
    for script in pre post preun postun; do echo "%$script"; cat "$here/../../packaging/rpm/$script"; done
    echo '%files'
    rpm -qpl --dump "$(the_rpm)" | awk '$5 ~ /^04/ { print "%dir " $1 }'
    (cd "$tree" && find . ! -type d -printf '/%P\n') | sed 's|^/etc/jitgate/jitgate.yaml$|%config(noreplace) &|; s|^/usr/share/man/.*|&*|'
  } | build_rpm jitgate "$1"
}

# Without systemd, as in an image that is being made.
scenario_rpm_in_a_clean_root() {
  local clean=$work/clean
  mkdir -p "$clean" "$work/layer" "$work/scratch"
  mount -t overlay -o "lowerdir=$base,upperdir=$work/layer,workdir=$work/scratch" overlay "$clean"
  rpm --root "$clean" --initdb
  base_system_rpm
  expect "what this root has is known to its rpm" rpm --root "$clean" -i "$work/base-system-1.rpm"
  tree_of "$clean" >"$work/before"
  expect "rpm -i, with every dependency met" rpm --root "$clean" -i "$(the_rpm)"
  expect "what is there is what it holds" rpm --root "$clean" -V jitgate
  expect "modes and owners" diff <(cd "$clean" && stat -c '%A %U %G %n' etc/jitgate/jitgate.yaml usr/bin/jitgate usr/sbin/jitgated usr/lib/systemd/system/jitgate*) - <<END
-rw-r--r-- root root etc/jitgate/jitgate.yaml
-rwxr-xr-x root root usr/bin/jitgate
-rwxr-xr-x root root usr/sbin/jitgated
-rw-r--r-- root root usr/lib/systemd/system/jitgate-lock.service
-rw-r--r-- root root usr/lib/systemd/system/jitgated.service
END
  expect "its user" chroot "$clean" id jitgate
  expect "its state, disabled" test "$(chroot "$clean" stat -c '%U %a' /var/lib/jitgate /var/lib/jitgate/disabled | tr '\n' ' ')" = "jitgate 700 jitgate 600 "
  expect "the early lock's copy of it" test "$(chroot "$clean" stat -c '%U %a' /etc/jitgate/boot /etc/jitgate/boot/disabled | tr '\n' ' ')" = "jitgate 700 jitgate 600 "
  expect "its units are as the system's presets say" test "$(chroot "$clean" systemctl is-enabled jitgated.service jitgate-lock.service | sort -u)" = enabled
  expect "the program runs" chroot "$clean" jitgated --check-config
  another_rpm 0.2.0 0.2.0~
  echo '# ours' >>"$clean/etc/jitgate/jitgate.yaml"
  expect "an upgrade" rpm --root "$clean" -U "$work/jitgate-0.2.0.rpm"
  expect "keeps the configuration" grep -q '# ours' "$clean/etc/jitgate/jitgate.yaml"
  expect "and leaves one version" test "$(rpm --root "$clean" -q jitgate)" = jitgate-0.2.0-1.x86_64
  expect_not "an older version is refused" rpm --root "$clean" -U "$(the_rpm)"
  expect_not "even if somebody insists: it could not read the state" rpm --root "$clean" -U --oldpackage "$(the_rpm)"
  expect "with the reason" grep -q "cannot read the state of the one that is installed" "$work/output"
  expect "and nothing has changed" rpm --root "$clean" -V --nomtime --noconfig jitgate-0.2.0
  expect "rpm -e" rpm --root "$clean" -e jitgate
  tree_of "$clean" >"$work/after"
  diff "$work/before" "$work/after" | sed -n 's/^[<>] \([^ ]*\).*/\1/p' | sort -u >"$work/left"
  expect "leaves the state, the account and the changed configuration" diff "$work/left" - <<END
etc/group
etc/gshadow
etc/jitgate
etc/jitgate/boot
etc/jitgate/boot/disabled
etc/jitgate/jitgate.yaml.rpmsave
etc/passwd
etc/shadow
var/lib/jitgate
var/lib/jitgate/disabled
END
  umount "$clean"
}
# Every file with mode, owner and content; not rpm's own, nor the copies that useradd and its like make.
tree_of() {
  (cd "$1" && find . -xdev \( -path ./var/lib/rpm -o -path ./dev -o -path ./proc -o -path ./run -o -path ./tmp -o -path ./root -o -name '*-' -path './etc/*' -o -name .pwd.lock \) -prune -o \( -type f -printf '%P %m %U %G ' -exec md5sum {} \; \) -o \( ! -type f -printf '%P %m %U %G %y %l\n' \) | sort)
}

scenario_rpm() {
  new_server
  base_system_rpm
  another_rpm 0.2.0 0.1.0~
  put /base.rpm <"$work/base-system-1.rpm"
  put /jitgate.rpm <"$(the_rpm)"
  put /newer.rpm <"$work/jitgate-0.2.0.rpm"
  rpm -qpl "$(the_rpm)" >"$work/list"
  expect "it has the programs, units, manual and configuration" test "$(grep -cE '^(/usr/s?bin/jitgated?|/usr/lib/systemd/system/jitgate(d|-lock).service|/usr/share/man/man./jitgated?(.yaml)?.[158].*|/etc/jitgate/jitgate.yaml)$' "$work/list")" = 8
  expect "the configuration alone is one" test "$(rpm -qpc "$(the_rpm)")" = /etc/jitgate/jitgate.yaml
  in_machine server rpm -i /base.rpm
  expect "rpm -i" in_machine server rpm -i /jitgate.rpm
  in_machine server systemctl start jitgated.service
  expect "the daemon runs" in_machine server systemctl is-active --quiet jitgated.service
  expect "and locks nothing" state_is disabled
  put /etc/jitgate/jitgate.yaml <<<"$first_policy"
  in_machine server systemctl restart jitgated.service
  in_machine server jitgate enable >/dev/null
  expect "enabled, it locks" closed "$stranger"
  grant "$client" 1h
  local before
  before=$(daemon_pid)
  probing_begin
  expect "an upgrade" in_machine server rpm -U /newer.rpm
  expect "is another daemon" eventually 10 new_daemon "$before"
  expect "keeps what was granted" eventually 10 opens "$client"
  expect "and the configuration" in_machine server grep -q 'number: 22' /etc/jitgate/jitgate.yaml
  probing_end
  expect "and lets nobody in: 0 of $(probes tried)" nobody_got_in
  expect "rpm -e" in_machine server rpm -e jitgate
  expect "takes the locks away" opens "$stranger"
  expect "and leaves no rules" test -z "$(ruleset)"
}
