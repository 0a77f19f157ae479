#!/bin/bash
# Puts RAUC and this unit's part in the boot chain into a tree: rauc/install.sh ARCH TREE KEYRING
#
# RAUC is that of Debian sid: the one of Debian 13 cannot install a bundle on kernel 7.3. It is laid into the tree by
# hand, with what it needs, so that nothing else comes from sid and nothing of the tree has to run.
set -euo pipefail
arch=$1
tree=$(realpath "$2")
keyring=$(realpath "$3")
cd "$(dirname "$0")/../.."
cache=$PWD/build/image/rauc/$arch
from_sid=(rauc rauc-service libnl-3-200 libnl-genl-3-200)
from_trixie=(libcurl3t64-gnutls libfdisk1 libjson-glib-1.0-0)

wanted=$(image/apt.sh planned sid "$arch" rauc rauc-service |
    grep -E "^($(IFS='|' && echo "${from_sid[*]}"))_")
grep -qE '^rauc_1\.15\.' <<<"$wanted" || {
    echo "image: sid has another RAUC than 1.15 by now ($wanted): look at its changes, then at image/rauc/install.sh" >&2
    exit 1
}
key=$( (echo "$wanted" && image/apt.sh planned trixie "$arch" "${from_trixie[@]}" && cat "$0") | sha256sum | cut -c 1-16)
if [[ ! -d $cache/$key ]]; then
    rm -rf "$cache" && mkdir -p "$cache/new"
    image/apt.sh closure "$cache/new" trixie "$arch" "${from_trixie[@]}"
    rm -f "$cache"/new/libnl-*.deb
    image/apt.sh fetch "$cache/new" sid "$arch" "${from_sid[@]}"
    mv "$cache/new" "$cache/$key"
fi

# What the tree has is left as it is. Each package that comes is in dpkg's list, for the bill of materials.
status=$tree/var/lib/dpkg/status
for deb in "$cache/$key"/*.deb; do
    name=$(dpkg-deb --field "$deb" Package)
    ! grep -qxF "Package: $name" "$status" || continue
    dpkg-deb --fsys-tarfile "$deb" | tar --extract --directory "$tree" --keep-directory-symlink \
        --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='*/changelog*'
    dpkg-deb --fsys-tarfile "$deb" | tar --list | sed -E 's,^\./?,/,; s,(.)/$,\1,' >"$tree/var/lib/dpkg/info/$name.list"
    { dpkg-deb --field "$deb" | sed '/^Package:/a Status: install ok installed' && echo; } >>"$status"
done

install -D -m 644 image/rauc/system.conf "$tree/etc/rauc/system.conf"
install -D -m 644 "$keyring" "$tree/etc/rauc/keyring.pem"
install -D -m 644 image/boot/fw_env.config "$tree/etc/fw_env.config"
install -D -m 644 image/writable.conf "$tree/usr/lib/c8210-image/writable.conf"
install -D -m 644 image/disk/50-data.conf "$tree/usr/lib/repart.d/50-data.conf"
install -D -m 644 image/boot/50-watchdog.conf "$tree/usr/lib/systemd/system.conf.d/50-watchdog.conf"
install -D -m 755 image/rauc/enrol.sh "$tree/usr/sbin/c8210-enrol-key"
install -D -m 644 etc/rauc/dbus.conf "$tree/etc/dbus-1/system.d/c8210-rauc.conf"
# Nobody but the system daemon says that a slot is good.
rm -f "$tree/usr/lib/systemd/system/rauc-mark-good.service"
mkdir -p "$tree"/data "$tree"/boot/fw "$tree"/var/{lib/{private,c8210},spool,cache,tmp}
# Debian's services that have no place on a root that nobody writes: the machine id is a file of the data partition
# already, and there is no other kind of programs than the kernel's own.
mkdir -p "$tree/etc/systemd/system"
for unit in systemd-machine-id-commit.service systemd-binfmt.service; do
    ln -sfn /dev/null "$tree/etc/systemd/system/$unit"
done
