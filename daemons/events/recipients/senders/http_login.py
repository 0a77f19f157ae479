"""The login that a server asks for."""

from collections.abc import Generator

import httpx


class Login(httpx.Auth):
    """Digest where the server offers it, else Basic; nothing before it asks."""

    def __init__(self, user: str, password: str) -> None:
        self._digest = httpx.DigestAuth(user, password)
        self._basic = httpx.BasicAuth(user, password)
        self._known = bool(user)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Yield the requests to send."""
        if not self._known:
            yield request
            return
        flow = self._digest.auth_flow(request)
        response = yield next(flow)
        offers = [
            offer.partition(" ")[0].lower()
            for offer in response.headers.get_list("www-authenticate", split_commas=True)
        ]
        if response.status_code != 401:
            flow.close()
        elif "digest" in offers:
            yield from _rest(flow, response)
        elif "basic" in offers:
            flow.close()
            yield from _first(self._basic.auth_flow(request))


def _rest(
    flow: Generator[httpx.Request, httpx.Response, None], response: httpx.Response
) -> Generator[httpx.Request, httpx.Response, None]:
    try:
        yield flow.send(response)
    except StopIteration:  # a challenge that it cannot read
        return
    flow.close()


def _first(
    flow: Generator[httpx.Request, httpx.Response, None],
) -> Generator[httpx.Request, httpx.Response, None]:
    yield next(flow)
    flow.close()
