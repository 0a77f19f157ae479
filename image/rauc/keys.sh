#!/bin/bash
# The key of whoever makes images here: keys.sh FOLDER [NAME] makes it once, and never again.
# FOLDER gets ca.pem, which units believe, signer.pem, and both private keys, which leave the folder for nobody.
set -euo pipefail
mkdir -p "$1"
folder=$(realpath "$1")
name=${2:-C8210 development}
[[ ! -e $folder/signer.pem ]] || exit 0
umask 077
chmod 700 "$folder"
work=$(mktemp -d "$folder/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
# Ten years: a unit that lies in a store room has to believe its maker still. `codeSigning` is what units ask for.
printf '[%s]\nbasicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' \
    ca >extensions
printf '[%s]\nbasicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning,emailProtection\n' \
    signer >>extensions
printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >>extensions
# Whoever verifies looks for an authority by its name alone: two of one name would hide each other.
organization=${name//\\/\\\\}
organization=${organization//\//\\/}
organization=${organization//+/\\+}
number=$(openssl rand -hex 4)
for who in ca signer; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$who.key" 2>/dev/null
    openssl req -new -utf8 -key "$who.key" -subj "/O=$organization/CN=Updates $number $who" -out "$who.csr"
done
openssl x509 -req -in ca.csr -signkey ca.key -days 3650 -sha384 -extfile extensions -extensions ca -out ca.pem 2>/dev/null
openssl x509 -req -in signer.csr -CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -days 3650 -sha384 \
    -extfile extensions -extensions signer -out signer.pem 2>/dev/null
mv ca.key ca.pem signer.key "$folder/"
mv signer.pem "$folder/" # the last: who finds it finds all
echo "image: a new key of '$name' in $folder; keep it, or no unit will take what you make later" >&2
