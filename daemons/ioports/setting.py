"""One setting, as it was given or as it was on disk."""

import logging
from collections.abc import Mapping

from common.errors import InvalidValue
from common.params.registry import PARAMETERS
from daemons.ioports import params as _declared  # noqa: F401 (declares what is read here)

log = logging.getLogger(__name__)


def setting(values: Mapping[str, str], name: str) -> str:
    """Return the value of a parameter; what is missing or makes no sense counts as its default."""
    parameter = PARAMETERS.parameters[name]
    try:
        return parameter.kind.parse(values.get(name, parameter.default))
    except InvalidValue as error:
        log.warning("%s %s, using its default", name, error.message)
        return parameter.default
