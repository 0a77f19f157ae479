#!/bin/bash
# Installs the suite into a tree that has it in /usr/lib/c8210 already: install.sh ROOT [--simulated]
# Each thing goes where the distribution's own packages put theirs, so that /etc is left to whoever owns the device.
set -euo pipefail
root=$1
world=${2:-}
here=$(realpath "$(dirname "$0")")
library=$root/usr/lib/c8210
shopt -s nullglob

put() { # folder, files
    local folder=$root$1
    shift
    [[ $# -eq 0 ]] || install -D --mode=0644 --target-directory="$folder" "$@"
}
units() { # folder whose units, drop-ins and users are installed
    local folder
    put /usr/lib/systemd/system "$1"/*.service "$1"/*.target "$1"/*.path "$1"/*.socket "$1"/*.timer "$1"/*.slice
    for folder in "$1"/*.{service,target,path,socket,timer}.d; do
        put "/usr/lib/systemd/system/${folder##*/}" "$folder"/*.conf
    done
    put /usr/lib/sysusers.d "$1"/sysusers.d/*.conf
    put /usr/lib/tmpfiles.d "$1"/tmpfiles.d/*.conf
}

units "$library/units"
put /usr/lib/systemd/catalog "$library"/units/catalog/*.catalog
put /usr/share/dbus-1/system.d "$library"/etc/dbus/*.conf
put /usr/share/polkit-1/rules.d "$library"/etc/polkit/*.rules
put /usr/lib/udev/rules.d "$library"/etc/udev/*.rules
put /usr/lib/modules-load.d "$library"/etc/modules-load.d/*.conf
put /etc/alsa/conf.d "$library"/etc/alsa/c8210*.conf
put /etc/pam.d "$library"/etc/pam.d/*
for file in "$library"/etc/sudoers.d/*; do install -D --mode=0440 "$file" "$root/etc/sudoers.d/${file##*/}"; done
cp --recursive --no-preserve=ownership "$here/files/." "$root/"

if [[ $world == --simulated ]]; then
    # Sound, terminals and lamps of a world in a process, for tests; a real one has a board.
    units "$library/units/simulated"
    mkdir -p "$root/etc/c8210"
    echo C8210_BOARD=simulated >"$root/etc/c8210/board.env"
fi
# Where the device has everything that lasts, and its boot loader.
mkdir -p "$root/data" "$root/boot/fw"

# Users, what starts, and the texts of messages: by this machine's systemd, from the files of the tree.
mapfile -t users < <(find "$library/units" -path "*/sysusers.d/*.conf" -printf "%f\n" | sort)
systemd-sysusers --root="$root" "${users[@]}"
rm -f "$root"/etc/*- # what was before
systemctl --root="$root" --quiet preset-all
journalctl --root="$root" --update-catalog
# What the installation of packages has left behind.
rm -f "$root"/var/{cache/debconf,lib/dpkg}/*-old "$root"/var/cache/ldconfig/*
: >"$root/etc/machine-id"
ln -sfn /etc/machine-id "$root/var/lib/dbus/machine-id"
ln -sfn ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
# It is up to date: no start has to bring anything of this Debian's up to date (systemd-update-done.service).
touch "$root/etc/.updated" "$root/var/.updated"
