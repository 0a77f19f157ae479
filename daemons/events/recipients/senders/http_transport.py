"""HTTP over connections that the line has checked, through a proxy where there is one."""

from collections.abc import AsyncIterator, Iterable, Mapping

import httpcore
import httpx

from daemons.events.delivery.line import Line
from daemons.events.recipients.senders import tls


class Transport(httpx.AsyncBaseTransport):
    """Requests over connections that the line has checked."""

    def __init__(self, line: Line, parameters: Mapping[str, str]) -> None:
        validate = parameters.get("validate_server_cert", "0") == "1"
        needs_tls = parameters["upload_url"].startswith("https:")
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls.context(line, validate=validate) if needs_tls else None,
            proxy=_proxy(parameters),
            network_backend=_Backend(line),
            max_connections=1,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        response = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Answer(response),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """End its connection."""
        await self._pool.aclose()


class _Answer(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._response.aiter_stream():
            yield data

    async def aclose(self) -> None:
        await self._response.aclose()


def _proxy(parameters: Mapping[str, str]) -> httpcore.Proxy | None:
    host = parameters["proxy_host"]
    if not host:
        return None
    login = parameters["proxy_login"]
    auth = (login, parameters["proxy_password"]) if login else None
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return httpcore.Proxy(f"http://{host}:{parameters['proxy_port']}", auth=auth)


class _Backend(httpcore.AnyIOBackend):
    """Connects where the line allows."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection to an address that was checked."""
        problem: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in await self._line.resolve(host, port):
            try:
                return await super().connect_tcp(
                    address, port, timeout, local_address, self._line.options(address)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem or httpcore.ConnectError("nothing answers")
