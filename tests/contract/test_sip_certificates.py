"""SIP accounts with certificates of the unit's store, at a Kamailio with an authority of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from common.bus.certificates import CertificatesInterface
from common.bus.sip import SipInterface
from common.bus.suite import SIP
from common.errors import Conflict, InvalidValue
from common.sip import AccountStatus
from tests.authority import Authority
from tests.contract.certificate_rig import certificates_of, until_used
from tests.contract.private_bus import PrivateBus
from tests.contract.sip_rig import ADDRESS, needs_stack
from tests.contract.sip_servers import Kamailio, running
from tests.contract.unit_at_work import working_unit
from tests.suite import free_port

HOUSE = Authority.made("House")
OTHER = Authority.made("Other")
ID = "sip_account_1"
USER, PASSWORD = "gate", "Marker-sip-4711"


class Phone:
    """A unit with SIP on, as http sees it."""

    def __init__(self, sip: SipInterface, store: CertificatesInterface) -> None:
        self.sip = sip
        self.store = store

    async def account(self, server: Kamailio | None, **fields: Any) -> None:
        """Have one account, at a server if there is one."""
        account = {
            "Id": ID,
            "Name": "Gate",
            "UserId": USER,
            "Password": PASSWORD,
            "Registrar": f"{server.host}:{server.tls_port}" if server else "pbx.example",
            "Transport": "tls",
            **fields,
        }
        await self.sip.put_accounts(json.dumps([account]))

    async def until(self, holds: Callable[[AccountStatus], bool]) -> AccountStatus:
        """Wait until the account is so."""
        found = None
        try:
            async with asyncio.timeout(30):
                while True:
                    text = await self.sip.account_statuses()
                    for found in msgspec.json.decode(text, type=list[AccountStatus]):
                        if found.sip_account_id == ID and holds(found):
                            return found
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"still {found}") from None

    async def registered(self) -> None:
        """Wait until the account is registered."""
        await self.until(lambda status: status.status == 200)

    async def refused(self) -> str:
        """Wait until the account is not registered, and return why."""
        return (await self.until(lambda status: status.status >= 300)).status_text


@asynccontextmanager
async def phone(bus: PrivateBus) -> AsyncIterator[Phone]:
    """Run a unit with SIP on."""
    async with working_unit(bus) as unit:
        await bus.start(SIP, C8210_SIP_ADDRESS=ADDRESS)
        sip = unit.http.proxy(SipInterface, SIP)
        ports = {"SIPPort": free_port(), "SIPTLSPort": free_port()}
        await sip.configure(json.dumps({"SIPEnabled": True, **ports}), True)
        yield Phone(sip, certificates_of(unit.http))


def kamailio(folder: Path, by: Authority, *, asks: bool = False) -> Kamailio:
    """Return a server with a certificate of an authority, which may ask for one of the house."""
    certificate = by.sign("pbx", ADDRESS).write(folder, "pbx")
    (folder / "house.pem").write_text(HOUSE.pem)
    authority = folder / "house.pem" if asks else None
    return Kamailio(folder, {USER: PASSWORD}, certificate=certificate, authority=authority)


@needs_stack
@pytest.mark.covers("M-SIP-39", part="Verify server certificate, by what is installed")
async def test_a_server_is_believed_by_the_authority_that_is_installed(
    bus: PrivateBus, tmp_path: Path
) -> None:
    """At once when it is; one of another authority is refused, and says so."""
    server = kamailio(tmp_path, HOUSE)
    with running(server):
        async with phone(bus) as unit:
            await unit.store.add_authority("other", OTHER.pem)
            await unit.account(server, VerifyServerCertificate=True)
            assert "certificate" in (await unit.refused()).lower()
            await unit.store.add_authority("house", HOUSE.pem)
            await unit.registered()
            await unit.store.remove("house")
            assert "certificate" in (await unit.refused()).lower()


@needs_stack
@pytest.mark.covers("M-SIP-39", part="Certificate, of those that are installed")
async def test_an_account_shows_the_certificate_that_it_names(
    bus: PrivateBus, tmp_path: Path
) -> None:
    """A server that asks for one of its own takes no other, nor the unit's own."""
    server = kamailio(tmp_path, OTHER, asks=True)
    with running(server):
        async with phone(bus) as unit:
            good, bad = HOUSE.sign("gate"), OTHER.sign("gate")
            await unit.store.add("good", good.pem, good.key_pem(), "")
            await unit.store.add("bad", bad.pem, bad.key_pem(), "")
            for alias in ("", "bad"):
                await unit.account(server, Certificate=alias)
                assert await unit.refused()
            await unit.account(server, Certificate="good")
            await unit.registered()
            await until_used(unit.store, "good")
            with pytest.raises(Conflict, match="in use by the SIP account Gate"):
                await unit.store.remove("good")


@pytest.mark.parametrize("alias", ["nobody", "house"])
async def test_an_account_cannot_name_what_is_not_there(bus: PrivateBus, alias: str) -> None:
    """Nor the certificate of an authority."""
    async with phone(bus) as unit:
        await unit.store.add_authority("house", HOUSE.pem)
        with pytest.raises(InvalidValue, match=f"^Certificate: .*'{alias}'"):
            await unit.account(None, Certificate=alias)
