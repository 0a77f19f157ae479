"""A stranger's HTTP client with Digest: small, so that what is measured is the unit."""

import hashlib
import http.client
import os
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Client:
    """One keep-alive connection; `close` makes the next request open a fresh one."""

    def __init__(self, host: str, port: int, user: str, password: str) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=20)
        self._user = user
        self._password = password
        self._challenge: dict[str, str] = {}
        self._count = 0

    def log_in(self) -> None:
        """Get a challenge, so that the next request is answered at once."""
        self.get("/axis-cgi/param.cgi?action=list&group=root.Brand")

    def get(self, path: str) -> Reply:
        """GET with Digest; the challenge is asked for once."""
        return self.request("GET", path)

    def request(
        self, method: str, path: str, body: bytes | None = None, content_type: str = ""
    ) -> Reply:
        """Send a request, again with credentials when the unit asks for them."""
        headers = {"Content-Type": content_type} if content_type else {}
        if self._challenge:
            headers["Authorization"] = self._authorization(method, path)
        reply = self._exchange(method, path, body, headers)
        if reply.status == 401 and self._user:
            self._challenge = self._digest_challenge(reply.headers)
            self._count = 0
            headers["Authorization"] = self._authorization(method, path)
            reply = self._exchange(method, path, body, headers)
        return reply

    def authorization(self, path: str, method: str = "GET") -> str:
        """Return the header of the next request for `path`, for senders of other make."""
        if not self._challenge:
            self.log_in()
        return self._authorization(method, path)

    def close(self) -> None:
        """Close the connection and forget the challenge, as a client does that has just been started."""
        self._connection.close()
        self._challenge = {}

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Reply:
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        return Reply(response.status, response.headers, response.read())

    def _digest_challenge(self, headers: http.client.HTTPMessage) -> dict[str, str]:
        for header in headers.get_all("WWW-Authenticate", []):
            scheme, _, rest = header.partition(" ")
            fields = {
                name: quoted or plain
                for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', rest)
            }
            if scheme.lower() == "digest" and fields.get("algorithm", "MD5") == "MD5":
                return fields
        raise RuntimeError("the unit offers no Digest with MD5")

    def _authorization(self, method: str, path: str) -> str:
        """Return the Authorization header (RFC 7616 section 3.4)."""
        challenge, self._count = self._challenge, self._count + 1
        count, own_nonce = f"{self._count:08x}", os.urandom(8).hex()
        secret = _md5(f"{self._user}:{challenge['realm']}:{self._password}")
        middle = f"{challenge['nonce']}:{count}:{own_nonce}:auth"
        response = _md5(f"{secret}:{middle}:{_md5(f'{method}:{path}')}")
        fields = (
            f'username="{self._user}", realm="{challenge["realm"]}", nonce="{challenge["nonce"]}", '
            f'uri="{path}", algorithm=MD5, qop=auth, nc={count}, cnonce="{own_nonce}", '
            f'response="{response}"'
        )
        opaque = challenge.get("opaque")
        return f"Digest {fields}" + (f', opaque="{opaque}"' if opaque is not None else "")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
