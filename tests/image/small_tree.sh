#!/bin/bash
# Makes a root without the suite, to prove the boot chain and updates by itself: small_tree.sh FOLDER
# Debian's packages are laid out and none of their scripts runs, so it takes a minute and no emulation; nobody ships it.
set -euo pipefail
out=$(realpath -m "$1")
cd "$(dirname "$0")/../.."
packages=(base-files base-passwd bash coreutils dash debianutils grep sed gzip tar util-linux mount login.defs passwd
    systemd-sysv systemd-repart dbus udev kmod e2fsprogs libubootenv-tool ca-certificates procps libnss-systemd)
debs=build/image/small/debs
image/apt.sh closure "$debs" trixie arm64 "${packages[@]}"
rm -rf --one-file-system "$out"
mkdir -p "$out"/{usr/{bin,sbin,lib},proc,sys,dev,run,tmp,data,boot/fw,root,mnt,var/lib/{c8210,dpkg/info,systemd,private,chrony},var/log,etc/dbus-1}
for name in bin sbin lib; do ln -s "usr/$name" "$out/$name"; done
for deb in "$debs"/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar --extract --directory "$out" --keep-directory-symlink --exclude='./usr/share/man/*' \
        --exclude='./usr/share/locale/*' --exclude='./usr/share/doc/*/changelog*'
    { dpkg-deb --field "$deb" | sed '/^Package:/a Status: install ok installed' && echo; } >>"$out/var/lib/dpkg/status"
done
ln -sf bash "$out/usr/bin/sh"
cp "$out"/usr/share/base-passwd/passwd.master "$out/etc/passwd"
cp "$out"/usr/share/base-passwd/group.master "$out/etc/group"
: >"$out/etc/shadow"
: >"$out/etc/machine-id"
chmod 1777 "$out/tmp"
# dbus-daemon has its user by a script elsewhere.
echo 'u messagebus - "System Message Bus"' >"$out/usr/lib/sysusers.d/messagebus.conf"
systemd-sysusers --root="$out"
systemctl --root="$out" --quiet preset-all
systemctl --root="$out" --quiet enable dbus.socket
