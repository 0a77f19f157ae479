#!/bin/sh
# Makes this unit believe another maker of updates: c8210-enrol-key CERTIFICATE (as root; docs/own-key.md).
# `c8210-enrol-key --list` shows whom it believes besides the maker of its image; `--remove NAME` takes one back.
set -eu
keys=${C8210_OWNER_KEYS:-/data/rauc/keys}
case ${1:-} in
    --list)
        for file in "$keys"/*.pem; do
            [ ! -e "$file" ] || echo "${file##*/} $(openssl x509 -in "$file" -noout -subject -fingerprint -sha256 | tr '\n' ' ')"
        done
        exit 0
        ;;
    --remove)
        name=${2##*/}
        rm "$keys/$name"
        ;;
    '' | -*)
        echo "usage: c8210-enrol-key CERTIFICATE | --list | --remove NAME" >&2
        exit 2
        ;;
    *)
        openssl x509 -in "$1" -noout -ext basicConstraints 2>/dev/null | grep -q 'CA:TRUE' || {
            echo "c8210-enrol-key: $1 is no certificate of an authority (ca.pem of image/rauc/keys.sh is one)" >&2
            exit 1
        }
        sum=$(openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g')
        mkdir -p "$keys"
        # Only the certificate: whatever else is in the file, such as a private key, stays out.
        openssl x509 -in "$1" -out "$keys/$sum.new"
        chmod 644 "$keys/$sum.new"
        mv "$keys/$sum.new" "$keys/$sum.pem"
        ;;
esac
openssl rehash "$keys"
sync
