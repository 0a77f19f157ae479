"""Reads, makes and checks certificates; a process of its own, so that crypto leaves no trace in the daemon's memory.

One request comes as JSON on standard input, one answer goes to standard output (`work.py`).
"""

import datetime
import re
import resource
import sys
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from common.certificates import NewKey
from daemons.system.certificates import forms, work
from daemons.system.certificates.forms import Refused

CPU_S = 30
"""A container may ask for any number of rounds."""
_YEAR = datetime.timedelta(days=365)
_CURVES: dict[str, ec.EllipticCurve] = {
    "EC-P256": ec.SECP256R1(),
    "EC-P384": ec.SECP384R1(),
    "EC-P521": ec.SECP521R1(),
}
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def answer(request: work.Request) -> work.Answer:
    """Do what is asked."""
    try:
        match request:
            case work.Read(certificate, single):
                chain = forms.certificates(certificate)
                if single and len(chain) > 1:
                    raise Refused(
                        "there is more than one certificate in it, install each by itself"
                    )
                return work.Answer(found=(_found(chain),))
            case work.Fit():
                return work.Answer(found=(_fitted(request),))
            case work.Unpack(container, passphrase):
                key, chain = forms.container(container, passphrase)
                return work.Answer(found=(_found(chain, key),))
            case work.Make(new):
                return work.Answer(found=(_made(new),))
            case work.Apply():
                return work.Answer(text=_request(request))
            case work.Survey(path):
                return work.Answer(found=_survey(path))
    except Refused as refusal:
        return work.Answer(refusal=str(refusal))


def _found(chain: list[x509.Certificate], key: forms.Key | None = None) -> work.Found:
    if key is not None and not forms.fits(key, chain[0]):
        raise Refused("the private key does not belong to the certificate")
    written = "" if key is None else forms.key_pem(key)
    return work.Found(forms.pem(chain), forms.details(chain), written)


def _fitted(request: work.Fit) -> work.Found:
    chain = forms.certificates(request.certificate)
    return _found(chain, forms.private_key(request.private_key, request.passphrase))


def _made(new: NewKey) -> work.Found:
    today = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = today if new.valid_from is None else _moment(new.valid_from)
    end = begin + _YEAR if new.valid_to is None else _moment(new.valid_to)
    if end <= begin:
        raise Refused("valid_to: it is not after valid_from")
    subject, names = forms.subject(new.subject), forms.general_names(new.subject_alt_names)
    key = _make_key(new.key_type)
    public = key.public_key()
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return _found([builder.sign(key, hashes.SHA256())], key)


def _make_key(key_type: str) -> forms.Key:
    if key_type in _CURVES:
        return ec.generate_private_key(_CURVES[key_type])
    return rsa.generate_private_key(65_537, int(key_type.removeprefix("RSA-")))


def _request(request: work.Apply) -> str:
    key = forms.private_key(request.private_key, "")
    own = forms.certificates(request.certificate)[0]
    subject = forms.subject(request.subject) if request.subject else own.subject
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    names = forms.general_names(request.names or forms.details([own]).names)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _survey(path: str) -> tuple[work.Found, ...]:
    found = []
    for text in _PEM.findall(Path(path).read_text("ascii", "replace")):
        try:
            found.append(_found(forms.certificates(text)))
        except Refused:
            continue
    return tuple(found)


def _moment(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def main() -> None:
    """Answer one request."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=work.Request)
    sys.stdout.buffer.write(msgspec.json.encode(answer(request)))


if __name__ == "__main__":
    main()
