#!/bin/bash
# Installs what is missing of etc/setup/packages.list: packages.sh run [test] [bench] [system]
set -euo pipefail
list=$(dirname "$0")/packages.list

wanted() {
    local section='' name
    while read -r name _; do
        case $name in
            '' | '#'*) ;;
            '['*) section=${name:1:-1} ;;
            *) [[ " $* " != *" $section "* ]] || echo "$name" ;;
        esac
    done <"$list"
}

missing() {
    local installed name
    installed=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
    for name in "$@"; do
        grep -qFx "$name installed" <<<"$installed" || echo "$name"
    done
}

# The packages of servers would start a system service, now and at each boot; we only want the programs.
# While this policy stands nothing is started; one that was there before is left alone.
policy=/usr/sbin/policy-rc.d
forbid_services() {
    [[ ! -e $policy ]] || return 0
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

install_packages() {
    export DEBIAN_FRONTEND=noninteractive
    forbid_services
    apt-get update -qq || echo "setup: apt-get update failed, going on with the lists there are" >&2
    apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Use-Pty=0 "$@"
    local server
    for server in nginx mosquitto openssh-server:ssh samba:smbd samba:nmbd samba:samba-ad-dc \
        kamailio coturn; do
        if [[ " $* " == *" ${server%:*} "* && -e /etc/init.d/${server#*:} ]]; then
            update-rc.d "${server#*:}" disable
            echo "setup: ${server#*:} is there as a program; its own system service stays off"
        fi
    done
}

command -v dpkg-query >/dev/null || {
    echo "setup: this is not Debian (12 or 13); install by hand what etc/setup/packages.list names" >&2
    exit 1
}
mapfile -t packages < <(wanted "$@")
mapfile -t absent < <(missing "${packages[@]}")
[[ ${#absent[@]} -gt 0 ]] || exit 0

if [[ $EUID -eq 0 ]]; then
    echo "setup: installing from Debian: ${absent[*]}"
    install_packages "${absent[@]}"
elif command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
    echo "setup: Debian packages are installed by sudo"
    exec sudo bash "$0" "$@"
else
    how=$(command -v sudo >/dev/null && echo sudo || echo 'as root:')
    printf 'setup: missing from Debian: %s\nThat needs root. Run this once, then make again:\n    %s bash %q %s\n' \
        "${absent[*]}" "$how" "$(realpath "$0")" "$*" >&2
    exit 1
fi
