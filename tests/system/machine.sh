# Machines with a real systemd as PID 1, in namespaces of their own; sourced by ./run, which has a network namespace of its
# own: that is the wire that the machines hang on. A machine's files are an overlay over $base, which lasts over reboots.
# Each boot gets a new network namespace, as on real hardware: a reused one would keep the rules and fake persistence.

# A test must not move the clock that everybody on this host shares, nor load modules, nor read the kernel's log.
machine_caps=-sys_module,-sys_rawio,-sys_time,-syslog,-mac_admin,-mac_override,-wake_alarm,-block_suspend
machine_cgroups=/sys/fs/cgroup/unified
[ -d "$machine_cgroups" ] || machine_cgroups=/sys/fs/cgroup
declare -A machine_init=() machine_outer=() machine_holder=()

# machine_new NAME ADDRESS: files for a machine that has never booted.
machine_new() {
  local files=$work/$1
  mkdir -p "$files"/{upper,scratch,root} "$files/upper/etc/systemd/network"
  echo "$1" >"$files/hostname"
  printf '[Match]\nName=eth0\n[Network]\nAddress=%s/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' "$2" >"$files/upper/etc/systemd/network/eth0.network"
}

# Runs as PID 1 of the new namespaces, then becomes systemd.
machine_become_init() {  # NAME BASE FILES
  set -e
  local files=$3 root=$3/root node
  hostname "$1"
  ip link set lo up
  mount -t overlay -o "lowerdir=$2,upperdir=$files/upper,workdir=$files/scratch" overlay "$root"
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount --bind "$root/proc/sys" "$root/proc/sys"
  mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
  mount -o remount,bind,ro "$root/proc/sys"
  cat /proc/sys/kernel/random/uuid >"$files/boot-id"
  mount --bind "$files/boot-id" "$root/proc/sys/kernel/random/boot_id"
  mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755,nosuid,noexec tmpfs "$root/dev"
  for node in null zero full random urandom tty kmsg; do
    touch "$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
  done
  mount --bind /dev/null "$root/dev/kmsg"
  mkdir "$root/dev/pts" "$root/dev/shm"
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mount --bind "$files/hostname" "$root/etc/hostname"
  cd "$root"
  pivot_root . mnt
  cd /
  umount -l /mnt
  exec setpriv "--bounding-set=$machine_caps" \
    env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LANG=C.UTF-8 /lib/systemd/systemd --system --show-status=false
}

# machine_power NAME: starts it and returns when its systemd answers; machine_wait: when it has booted.
machine_power() {
  local name=$1 files=$work/$1 group=$machine_cgroups/jitgate-$$-$1 holder uptime
  mkdir -p "$group"
  uptime=$(cut -d. -f1 /proc/uptime)
  unshare -n sleep infinity &
  holder=$!
  until [ "$(readlink "/proc/$holder/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
  ip link del "wire-$name" 2>/dev/null || true
  ip link add "wire-$name" type veth peer name eth0 netns "$holder"
  ip link set "wire-$name" master wire up
  export -f machine_become_init
  export machine_caps
  (
    echo $BASHPID >"$group/cgroup.procs"
    exec setsid nsenter -n -t "$holder" unshare --mount --pid --uts --ipc --cgroup --time --monotonic "-$uptime" \
      --boottime "-$uptime" --fork --kill-child --propagation private \
      bash -c 'machine_become_init "$@"' init "$name" "$base" "$files"
  ) </dev/null >"$files/console.log" 2>&1 &
  machine_outer[$name]=$!
  eventually 10 machine_first_process "$name" || fail "$name does not start: $(cat "$files/console.log")"
  machine_holder[$name]=$holder
  eventually 20 nsenter -t "${machine_init[$name]}" -m -p -C -r -w test -S /run/systemd/private 2>/dev/null ||
    fail "$name does not boot: $(cat "$files/console.log")"
}

machine_first_process() { machine_init[$1]=$(pgrep -P "${machine_outer[$1]}"); }

machine_wait() { in_machine "$1" systemctl is-system-running --wait >/dev/null || true; }

machine_boot() { machine_power "$1"; machine_wait "$1"; }

# in_machine NAME COMMAND...
in_machine() {
  nsenter -t "${machine_init[$1]}" -m -p -u -i -n -C -T -r -w setpriv "--bounding-set=$machine_caps" \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8 container=lab "${@:2}"
}

# Powers it off as its administrator does.
machine_off() {
  [ -n "${machine_init[$1]-}" ] || return 0
  kill -RTMIN+4 "${machine_init[$1]}"
  machine_gone "$1"
}

# The plug is pulled.
machine_crash() {
  [ -n "${machine_init[$1]-}" ] || return 0
  kill -KILL "${machine_init[$1]}" 2>/dev/null || true
  machine_gone "$1"
}

machine_gone() {
  eventually 60 machine_ended "$1" || fail "$1 does not end"
  wait "${machine_outer[$1]}" 2>/dev/null || true
  # The link first: a network namespace that ends loses its rules before its links, which no real machine does.
  ip link del "wire-$1" 2>/dev/null || true
  kill "${machine_holder[$1]}" 2>/dev/null || true
  unset "machine_init[$1]" "machine_outer[$1]" "machine_holder[$1]"
  eventually 5 machine_no_cgroups "$1" || true
}

machine_ended() { ! kill -0 "${machine_outer[$1]}" 2>/dev/null; }

machine_no_cgroups() {
  find "$machine_cgroups/jitgate-$$-$1" -depth -type d -exec rmdir {} + 2>/dev/null
  [ ! -d "$machine_cgroups/jitgate-$$-$1" ]
}
