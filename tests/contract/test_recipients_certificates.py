"""HTTPS recipients whose servers have their certificates from an authority that is installed on the unit."""

import asyncio
import json
from pathlib import Path

import pytest

from common.bus.rules import RulesInterface
from common.bus.suite import EVENTS
from tests.authority import Authority
from tests.contract.certificate_rig import certificates_of
from tests.contract.private_bus import PrivateBus
from tests.contract.recipients_web import web_server
from tests.contract.unit_at_work import working_unit

HOUSE = Authority.made("House")


async def tried(rules: RulesInterface, port: int) -> tuple[bool, str]:
    """Try a recipient whose certificate is validated, and return what became of it."""
    recipient = {
        "name": "House",
        "template": "com.axis.recipient.https",
        "parameters": {
            "upload_url": f"https://127.0.0.1:{port}/notify",
            "validate_server_cert": "1",
        },
    }
    said = json.loads(await rules.test_recipient(json.dumps(recipient)))
    return said["ok"], said["message"]


async def until_tried(rules: RulesInterface, port: int, *, good: bool) -> None:
    """Try until it has that result."""
    async with asyncio.timeout(20):
        while (await tried(rules, port))[0] is not good:
            await asyncio.sleep(0.05)


@pytest.mark.covers("M-RCP-08", part="an authority that is installed")
@pytest.mark.covers("M-SEC-02", part="validate a recipient")
async def test_a_recipient_is_believed_by_the_authority_that_is_installed(
    bus: PrivateBus, tmp_path: Path
) -> None:
    """From the next message on, and no more once it is deleted; another authority does not do."""
    async with working_unit(bus) as unit:
        await bus.start(EVENTS)
        rules = unit.http.proxy(RulesInterface, EVENTS)
        store = certificates_of(unit.http)
        certificate = HOUSE.sign("recipient", "127.0.0.1").write(tmp_path, "web")
        async with web_server(certificate=certificate) as web:
            await store.add_authority("other", Authority.made("Other").pem)
            good, why = await tried(rules, web.port)
            assert not good
            assert "certificate verify failed" in why
            assert not web.requests
            await store.add_authority("house", HOUSE.pem)
            await until_tried(rules, web.port, good=True)
            assert web.requests
            await store.remove("house")
            await until_tried(rules, web.port, good=False)
