"""The manual's recipe for direct calls: set up over HTTP as the page does it, then a real phone calls."""

import re
from pathlib import Path

import pytest

from tests.contract.sip_http_rig import JSON, SIMPLE, call_service, needs_stack, ports
from tests.contract.sip_phone import phone
from tests.contract.sip_sound import likeness, rising, write_wav
from tests.heard import heard_since, position
from tests.playing import quiet_unit
from tests.suite import Unit, until

pytestmark = needs_stack

PHONE_RATE = 8_000
RTP_START_PORT = 27_400
ALIKE = 0.75
"""By telephone, resampled."""
_SOUND_CAME = re.compile(r"incoming rtp for 'audio' established, receiving from 127.0.0.1:(\d+)")


@pytest.mark.covers("M-HOW-01")
@pytest.mark.parametrize("form", [JSON, SIMPLE])
def test_a_phone_calls_the_unit_once_it_is_set_up(unit: Unit, tmp_path: Path, form: str) -> None:
    """What is saved at the end of all steps is shown, and the call is as it was set."""
    with quiet_unit(unit), call_service(unit) as service:
        service.form = form
        attributes = {
            "MaxIncomingCallDuration": "120",
            "MaxCallDuration": "0",
            "DisableTCPSwitch": "true",
            "AllowViaRewrite": "true",
            "AllowContactRewrite": "true",
            "RegistrationInterval": "90",
            "DTMFPayloadType": "110",
        }
        plain = {
            "SIPEnabled": True,
            "AllowIncomingCalls": True,
            "CallingTimeout": 45,
            **ports(),
            "RTPStartPort": RTP_START_PORT,
            "ICEEnabled": True,
        }
        service.give("SetAudioCodecs", AudioCodec=[{"Name": "PCMA"}, {"Name": "G722"}])

        additional = [{"Name": name, "Value": value} for name, value in attributes.items()]
        wanted = {**plain, "Attribute": additional}
        service.give("SetSIPConfiguration", SIPConfiguration=wanted)

        shown = service.give("GetSIPConfiguration")["SIPConfiguration"]
        assert {name: shown[name] for name in plain} == {
            name: str(value).lower() for name, value in plain.items()
        }
        told = {one["Name"]: one["Value"] for one in shown["Attribute"]}
        assert {name: told[name] for name in attributes} == attributes
        codecs = service.give("GetAudioCodecs")["AudioCodec"]
        assert [codec["Name"] for codec in codecs] == ["PCMA", "G722"]

        until("it runs", lambda: service.client.get("/api/sip").json()["running"])
        (address,) = service.client.get("/api/sip").json()["addresses"]
        assert address == f"sip:127.0.0.1:{plain['SIPPort']}"
        said = write_wav(tmp_path / "said.wav", rising(0.3, PHONE_RATE), PHONE_RATE)
        with phone(tmp_path / "phone", said, ["pcmu/8000", "pcma/8000"]) as caller:
            begin = position(unit)
            # This phone takes an address without a user for a user of its own domain.
            caller.call(address.replace("sip:", "sip:unit@"))
            caller.wait("CALL_ESTABLISHED")
            until(
                "it is heard at the loudspeaker",
                lambda: likeness(heard_since(unit, begin).samples, rising(0.3))[0] > ALIKE,
            )
            found = until("sound comes from the unit", lambda: _SOUND_CAME.search(caller.log))
            assert found
            assert "audio decoder: PCMA 8000Hz" in caller.log
            assert "audio encoder: PCMA 8000Hz" in caller.log
            caller.hang_up()
            caller.wait("CALL_CLOSED")
        assert RTP_START_PORT <= int(found[1]) < RTP_START_PORT + 400
