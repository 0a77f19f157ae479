"""`/vapix/call`: accounts, calls and what they do (VAPIX sys-sip).

Settings are the administrator's. An operator may call, and see what can be called from and what became of it.
"""

from common.params.kinds import Access
from daemons.http.vapix.service_api import ServiceApi

api = ServiceApi(
    "/vapix/call",
    namespace="axcall",
    id="sip",
    name="Call service",
    version="2.2",
    access=Access.OPERATOR,
    quotes_texts=True,
)
