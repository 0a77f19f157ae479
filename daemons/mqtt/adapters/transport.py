"""The way to the broker: name, connection, proxy, TLS, WebSocket. Blocks, and is run in a thread of its own."""

import base64
import contextlib
import socket
import ssl
import threading
from pathlib import Path

from daemons.mqtt.adapters.streams import SocketStream, Stream
from daemons.mqtt.plan import Plan
from daemons.mqtt.ports import Refused
from daemons.mqtt.proxy import Proxy

LONGEST_ANSWER = 16 * 1024
"""Of a proxy."""


class Attempt:
    """One attempt to get through, which can be given up from another thread."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._given_up = False
        self._socket: socket.socket | None = None

    def give_up(self) -> None:
        """Make whatever `open` waits for fail."""
        with self._lock:
            self._given_up = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def open(self) -> Stream:
        """Return the way to the broker; raises `Refused`."""
        plan = self._plan
        host, port = (
            (plan.proxy.host, plan.proxy.port) if plan.proxy is not None else (plan.host, plan.port)
        )
        sock: socket.socket | None = None
        try:
            # A deadline over all of it is the caller's; this one ends the thread.
            sock = socket.create_connection((host, port), plan.config.connect_timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._hold(sock)
            if plan.proxy is not None:
                _pass_through(sock, plan.proxy, plan.host, plan.port)
            if plan.encrypted:
                sock = _encrypt(sock, plan)
                self._hold(sock)
            stream = _websocket(sock, plan) if plan.websocket else SocketStream(sock)
            stream.setblocking(False)
        except (OSError, Refused) as error:
            if sock is not None:
                sock.close()
            if isinstance(error, Refused):
                raise
            raise Refused(_in_words(error)) from None
        return stream

    def _hold(self, sock: socket.socket) -> None:
        with self._lock:
            if self._given_up:
                raise Refused("given up")
            self._socket = sock


def _pass_through(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    """Ask a proxy for a tunnel (RFC 9110, section 9.3.6)."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.user or proxy.password:
        login = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        # One byte at a time: what follows the empty line belongs to the broker.
        byte = sock.recv(1)
        if not byte or len(answer) >= LONGEST_ANSWER:
            raise Refused("the proxy does not answer as one")
        answer += byte
    version, _, rest = answer.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
        raise Refused("the proxy does not answer as one")
    if rest[:3] == "407":
        raise Refused("the proxy does not accept the user name and password")
    if not rest.startswith("2"):
        raise Refused(f"the proxy refuses: {rest[:3]}")


def _encrypt(sock: socket.socket, plan: Plan) -> socket.socket:
    context = _context(plan)
    if plan.config.server.alpn_protocol:
        context.set_alpn_protocols([plan.config.server.alpn_protocol])
    return context.wrap_socket(sock, server_hostname=plan.host)


def _context(plan: Plan) -> ssl.SSLContext:
    """Return whom to believe, and what to show, as the settings have it."""
    tls, files = plan.config.ssl, plan.certificates
    if plan.validates and tls is not None and tls.ca_cert_id:
        if not files.authority:
            raise Refused(f"the CA certificate '{tls.ca_cert_id}' is not there")
        context = ssl.create_default_context(cafile=files.authority)
    else:
        context = ssl.create_default_context()
        if plan.validates and Path(files.installed).is_file():
            context.load_verify_locations(files.installed)
    if not plan.validates:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls is not None and tls.client_cert_id:
        if not files.own:
            raise Refused(f"the client certificate '{tls.client_cert_id}' is not there")
        context.load_cert_chain(files.own)
    return context


def _websocket(sock: socket.socket, plan: Plan) -> Stream:
    from daemons.mqtt.adapters.websocket import WebSocketStream  # 2 MB that only some need

    scheme = "wss" if plan.encrypted else "ws"
    host = f"[{plan.host}]" if ":" in plan.host else plan.host
    path = plan.config.server.basepath.lstrip("/")
    stream = WebSocketStream(sock, f"{scheme}://{host}:{plan.port}/{path}")
    stream.shake_hands()
    return stream


def _in_words(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    reason = getattr(error, "verify_message", "")
    if reason:
        return f"the broker's certificate is not accepted: {reason}"
    words = error.strerror or type(error).__name__
    return words[:1].lower() + words[1:]
