#!/bin/sh
# Makes the host keys that are missing. The public half goes first: a private key says that both are there.
set -eu
umask 077
cd "${1:-/var/lib/c8210/ssh}"
for type in ed25519 rsa; do
    key=ssh_host_${type}_key
    if [ -s "$key" ] && [ -s "$key.pub" ]; then
        continue
    fi
    rm -f "$key" "$key.pub" .new .new.pub
    ssh-keygen -q -t "$type" -N '' -C '' -f .new
    chmod 644 .new.pub
    sync .new .new.pub
    mv .new.pub "$key.pub"
    mv .new "$key"
    sync .
done
