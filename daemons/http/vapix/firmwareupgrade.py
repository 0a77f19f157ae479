"""`firmwareupgrade.cgi`: an upgrade as older clients ask for it (VAPIX, firmware page 2)."""

import html

from starlette.responses import Response

from common.errors import InvalidValue
from common.params.kinds import Access
from common.update import Options
from daemons.http.adapters.image_upload import ImageUpload
from daemons.http.call import Call
from daemons.http.firmware import upgraded
from daemons.http.forms import Arguments
from daemons.http.problems import Problem
from daemons.http.vapix.cgi import POST_ONLY, CgiApi
from daemons.http.vapix.firmwaremanagement import CODES

TYPES = {"normal": Options(), "factorydefault": Options(factory_default_mode="hard")}

_api = CgiApi(
    "/axis-cgi/firmwareupgrade.cgi",
    name="Firmware upgrade",
    access=Access.ADMIN,
    methods=POST_ONLY,
    streams_body=True,
)


@_api.only(access=Access.ADMIN, changes=True, parameters=("type",))
async def upgrade(call: Call, arguments: Arguments) -> Response:
    """Install the image in the multipart body and restart; `type` is normal or factorydefault."""
    kind = arguments.get("type", "normal")
    if kind not in TYPES:
        raise InvalidValue(f"type must be one of {', '.join(TYPES)}")
    upload = ImageUpload(call.request, needs_envelope=False)
    answer = await upgraded(call, upload, TYPES[kind])
    if answer.refused is not None:
        raise Problem(CODES[answer.refused], answer.refused.value, answer.message)
    told = f"Firmware {html.escape(answer.version)} is installed. The unit restarts."
    return Response(f"<html><body>{told}</body></html>\n".encode(), media_type="text/html")
