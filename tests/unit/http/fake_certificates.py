"""The certificates of a unit that has none, and takes none."""

from common.errors import InvalidValue, NotFound


class FakeCertificates:
    """As the edge calls them."""

    async def certificates(self) -> str:
        return "[]"

    async def preinstalled(self) -> str:
        return "[]"

    async def add(self, *_given: str) -> None:
        raise InvalidValue("this is no certificate")

    add_authority = add_container = create = add

    async def remove(self, alias: str, *_more: object) -> None:
        raise NotFound(f'"{alias}"')

    replace = request = remove
