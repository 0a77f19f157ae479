#!/bin/bash
# Prints what the Debian packages in a folder say of themselves, and the sum of each, as an archive's list does:
# listed.sh FOLDER
set -euo pipefail
for deb in "$1"/*.deb; do
    dpkg-deb --field "$deb"
    printf 'SHA256: %s\n\n' "$(sha256sum <"$deb" | cut -d ' ' -f 1)"
done
