"""The world over HTTP, for people and tests on this machine: `/sim/` behind nginx, loopback only."""

import asyncio
import io
import json
import os
import threading
import wave
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import soundfile
import soxr
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from common.errors import ApplianceError, InvalidValue, NotFound
from hw.sim.sound_card import SAMPLE_RATE_HZ, SoundCard
from hw.sim.world import LONGEST_HOLD_S, World

LARGEST_BODY = 32 * 1024 * 1024
LONGEST_SEQUENCE_MS = 3_600_000.0
"""An hour."""
ANSWER_S = 0.1
"""How long a power cut waits, so that the answer to whoever asked for it is out before the web server dies."""
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

PowerCut = Callable[[], None]


class OnlyThisMachine:
    """Refuses requests that a foreign web page makes a browser on this machine send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through when its Host is this machine and its Origin is the unit's own page."""
        if scope["type"] == "lifespan" or _is_local(HTTPConnection(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            refusal = _error(403, "only this machine may touch the simulated world")
            await refusal(scope, receive, send)


class SimWeb:
    """Handlers of `/sim/`."""

    def __init__(
        self, world: World, card: SoundCard, tasks: asyncio.TaskGroup, power_cut: PowerCut
    ) -> None:
        self._world = world
        self._card = card
        self._tasks = tasks
        self._power_cut = power_cut
        self._tired: asyncio.TimerHandle | None = None

    def app(self) -> ASGIApp:
        """Return the application."""
        return OnlyThisMachine(
            Starlette(
                routes=[
                    Route("/sim/state", self._state),
                    Route("/sim/speaker.wav", self._speaker_wav),
                    WebSocketRoute("/sim/speaker", self._speaker),
                    Route("/sim/microphone", self._microphone, methods=["POST"]),
                    Route("/sim/room", self._room, methods=["POST"]),
                    Route("/sim/button", self._button, methods=["POST"]),
                    Route("/sim/link", self._link, methods=["POST"]),
                    Route("/sim/power", self._power, methods=["POST"]),
                    Route("/sim/ports/{port:int}", self._port, methods=["POST"]),
                    Route("/sim/ports/{port:int}/sequence", self._sequence, methods=["POST"]),
                    Route("/sim/amplifier", self._amplifier, methods=["POST"]),
                ],
                exception_handlers={ApplianceError: _refused},
            )
        )

    async def _state(self, request: Request) -> Response:
        state = self._world.describe()
        state["speaker"] = self._card.describe()
        state["room"] = self._card.room.describe()
        return JSONResponse(state)

    async def _speaker_wav(self, request: Request) -> Response:
        text = request.query_params.get("last", "10")
        try:
            last = float(text)
        except ValueError:
            raise InvalidValue("last must be a number of seconds") from None
        if not 0 < last <= self._card.ring.seconds:
            raise InvalidValue(f"last must be above 0 and at most {self._card.ring.seconds:g} s")
        played = await asyncio.to_thread(self._card.ring.read, last)
        return Response(
            await asyncio.to_thread(_wav, played.samples),
            media_type="audio/wav",
            headers={
                "X-First-Sample": str(played.first_sample),
                "X-First-Sample-Monotonic-Ns": str(played.first_sample_monotonic_ns),
                "Cache-Control": "no-store",
            },
        )

    async def _speaker(self, socket: WebSocket) -> None:
        await socket.accept()
        with self._card.listen() as blocks:
            await socket.send_json(
                {
                    "sample_rate_hz": SAMPLE_RATE_HZ,
                    "format": "f32le",
                    "first_sample": self._card.ring.position,
                }
            )
            try:
                while True:
                    await socket.send_bytes((await blocks.get()).tobytes())
            except WebSocketDisconnect:
                return

    async def _microphone(self, request: Request) -> Response:
        body = await _body(request)
        self._card.microphone.set(await asyncio.to_thread(_samples, body))
        return Response(status_code=204)

    async def _room(self, request: Request) -> Response:
        changes = await _json(request)
        await asyncio.to_thread(self._card.room.set, changes)
        return Response(status_code=204)

    async def _button(self, request: Request) -> Response:
        content = await _json(request)
        if "pressed" in content:
            self._press(content["pressed"])
        else:
            self._later(self._world.hold(_number(content, "hold_s")), "button")
        return Response(status_code=204)

    def _press(self, pressed: object) -> None:
        """Press until told to release; a hand that is heard of no more lets go at last."""
        if not isinstance(pressed, bool):
            raise InvalidValue("pressed must be true or false")
        if self._tired is not None:
            self._tired.cancel()
        loop = asyncio.get_running_loop()
        self._tired = loop.call_later(LONGEST_HOLD_S, self._world.press, False) if pressed else None
        self._world.press(pressed)

    async def _link(self, request: Request) -> Response:
        connected = (await _json(request)).get("connected")
        if not isinstance(connected, bool):
            raise InvalidValue("connected must be true or false")
        self._world.link(connected)
        return Response(status_code=204)

    async def _power(self, request: Request) -> Response:
        held = (await _json(request)).get("button_held", False)
        if not isinstance(held, bool):
            raise InvalidValue("button_held must be true or false")
        self._press(held)
        self._world.power_fails = True
        loop = asyncio.get_running_loop()
        loop.call_later(ANSWER_S, self._power_cut)
        return Response(status_code=204)

    async def _port(self, request: Request) -> Response:
        self._world.terminals.connect(request.path_params["port"], await _json(request))
        return Response(status_code=204)

    async def _sequence(self, request: Request) -> Response:
        edges = (await _json(request)).get("edges")
        if not isinstance(edges, list) or not all(_is_time(edge) for edge in edges):
            raise InvalidValue("edges must be a list of times in ms")
        times = [float(edge) for edge in edges]
        toggle = self._world.terminals.sequence(request.path_params["port"], times)
        threading.Thread(target=toggle, name="edges", daemon=True).start()
        return Response(status_code=204)

    async def _amplifier(self, request: Request) -> Response:
        self._world.amplifier.connect(await _json(request))
        return Response(status_code=204)

    def _later(self, work: Coroutine[None, None, None], name: str) -> None:
        self._tasks.create_task(work, name=name)


def _is_local(connection: HTTPConnection) -> bool:
    host = connection.headers.get("host", "")
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if name not in LOOPBACK_NAMES:
        return False
    origin = connection.headers.get("origin")
    return origin is None or origin in (f"http://{host}", f"https://{host}")


async def _refused(request: Request, error: Exception) -> Response:
    status = 404 if isinstance(error, NotFound) else 400
    return _error(status, str(error))


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message}}, status_code=status)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise InvalidValue(f"at most {LARGEST_BODY} bytes")
    return bytes(body)


async def _json(request: Request) -> dict[str, Any]:
    try:
        content = json.loads(await _body(request))
    except (ValueError, RecursionError):
        raise InvalidValue("the body must be JSON") from None
    if not isinstance(content, dict):
        raise InvalidValue("the body must be a JSON object")
    return content


def _is_time(value: object) -> bool:
    """Whether a value is a time in ms from now; infinity and NaN, which Python's JSON knows, are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= LONGEST_SEQUENCE_MS


def _number(content: dict[str, Any], name: str) -> float:
    value = content.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidValue(f"{name} must be a number")
    return float(value)


def _wav(samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(4)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes(samples.astype("<i4").tobytes())
    return file.getvalue()


def _samples(body: bytes) -> np.ndarray:
    # From a file in memory: what soundfile needs to read anything else is forbidden to a confined process.
    descriptor = os.memfd_create("microphone")
    with os.fdopen(descriptor, "w+b", buffering=0) as file:
        file.write(body)
        file.seek(0)
        try:
            samples, rate = soundfile.read(
                descriptor, dtype="float32", always_2d=True, closefd=False
            )
        except soundfile.SoundFileError:
            raise InvalidValue("the body must be a sound file, such as a WAV") from None
    mono = samples.mean(axis=1)
    return np.asarray(soxr.resample(mono, rate, SAMPLE_RATE_HZ), dtype=np.float32)
