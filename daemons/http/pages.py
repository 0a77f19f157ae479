"""Every module that declares a path: importing this one makes the whole of the HTTP interface."""

from daemons.http.api import clips, device, parameters, session
from daemons.http.vapix import (
    apidiscovery,
    basicdeviceinfo,
    findmydevice,
    mediaclip,
    param,
    power,
    pwdgrp,
    systemready,
    transmit,
    usergroup,
)

DECLARED = (
    apidiscovery,
    basicdeviceinfo,
    clips,
    device,
    findmydevice,
    mediaclip,
    param,
    parameters,
    power,
    pwdgrp,
    session,
    systemready,
    transmit,
    usergroup,
)
