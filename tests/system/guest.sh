# A machine with a kernel of its own: Debian's, emulated by qemu (no KVM needed), on the same wire as the others; sourced by
# ./run for its --qemu. Its clock is its own, so that a test may set it; its kernel has AppArmor; /var is another disk, which is
# mounted when the network is there. It is asked over a second port of its sshd, which no policy locks.

guest_packages=(linux-image-cloud-amd64 initramfs-tools apparmor)
guest_port=2222
guest_pid=

in_guest() {
  ssh -F none -i "$work/key" -b "$client" -p $guest_port -o BatchMode=yes -o ConnectTimeout=20 -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "root@$server" "$@"
}

# guest_files CONFIGURATION: its disks, with the package installed as an image builder does it.
guest_files() {
  local root=$work/guest/root
  key
  mkdir -p "$work/guest"
  cp -a "$guest_base" "$root"
  cp "$package" "$root/jitgate.deb"
  chroot "$root" dpkg -i /jitgate.deb >"$work/dpkg.log" 2>&1 || fail "dpkg: $(tail -n 5 "$work/dpkg.log")"
  rm "$root/jitgate.deb"
  printf '%s\n' "$1" >"$root/etc/jitgate/jitgate.yaml"
  install -m 0644 "$root/usr/share/jitgate/usr.sbin.jitgated" "$root/etc/apparmor.d/"
  install -d -m 0700 "$root/root/.ssh"
  cp "$work/key.pub" "$root/root/.ssh/authorized_keys"
  printf 'Port 22\nPort %s\n' $guest_port >"$root/etc/ssh/sshd_config.d/ports.conf"
  chroot "$root" systemctl enable --quiet ssh.service
  echo server >"$root/etc/hostname"
  printf '[Match]\nName=eth0\n[Network]\nAddress=%s/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' "$server" >"$root/etc/systemd/network/eth0.network"
  printf '%s\n' '/dev/vda / ext4 defaults 0 1' '/dev/vdb /var ext4 defaults,nofail,x-systemd.after=systemd-networkd.service 0 0' >"$root/etc/fstab"
  cp -a "$root/var" "$work/guest/var"
  rm -rf "$root/var/lib/jitgate"
  cp "$root"/boot/vmlinuz-* "$work/guest/kernel"
  cp "$root"/boot/initrd.img-* "$work/guest/initrd"
  mke2fs -q -t ext4 -d "$root" "$work/guest/disk" 3G >/dev/null
  mke2fs -q -t ext4 -d "$work/guest/var" "$work/guest/var-disk" 1G >/dev/null
  rm -rf "$root" "$work/guest/var"
}

guest_power() {
  qemu-system-x86_64 -machine q35 -accel tcg,thread=multi,tb-size=512 -cpu qemu64,+rdrand -smp 2 -m 1024 -display none -monitor none \
    -serial "file:$work/guest/console" -kernel "$work/guest/kernel" -initrd "$work/guest/initrd" \
    -append 'root=/dev/vda rw console=ttyS0 quiet mitigations=off nokaslr random.trust_cpu=on net.ifnames=0 apparmor=1 security=apparmor' \
    -drive "file=$work/guest/disk,if=virtio,format=raw,cache=unsafe" -drive "file=$work/guest/var-disk,if=virtio,format=raw,cache=unsafe" \
    -netdev tap,id=wire,ifname=wire-guest,script=no,downscript=no -device virtio-net-pci,netdev=wire >"$work/guest/qemu.log" 2>&1 &
  guest_pid=$!
  eventually 10 ip link set wire-guest master wire up 2>/dev/null || fail "qemu does not start: $(cat "$work/guest/qemu.log")"
}

# Until it has booted; slow, under emulation.
guest_wait() { eventually 400 guest_has_booted || fail "it does not boot: $(tail -n 20 "$work/guest/console")"; }
guest_has_booted() { case $(in_guest systemctl is-system-running --wait 2>/dev/null || true) in running | degraded) ;; *) false ;; esac }

guest_crash() {
  [ -n "$guest_pid" ] || return 0
  kill -KILL "$guest_pid" 2>/dev/null || true
  wait "$guest_pid" 2>/dev/null || true
  guest_pid=
}

guest_boot_id() { in_guest cat /proc/sys/kernel/random/boot_id; }
guest_rebooted() { local now; now=$(guest_boot_id 2>/dev/null) && [ "$now" != "$1" ]; }
