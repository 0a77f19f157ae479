"""`/vapix/services`: where the services of VAPIX that speak SOAP are (VAPIX events page 1).

Whoever has an account may read what can happen; to change rules takes an administrator; each operation says.
"""

from common.params.kinds import Access
from daemons.http.soap.endpoint import SoapEndpoint

PATH = "/vapix/services"

services = SoapEndpoint(
    PATH, name="Entry, event, action and certificate services", version="1.1", access=Access.VIEWER
)
