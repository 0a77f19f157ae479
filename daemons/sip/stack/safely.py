"""Callbacks from PJSIP never raise into it: what goes wrong is logged, once for each kind."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

log = logging.getLogger(__name__)
_told: set[tuple[str, str]] = set()


def safely(
    otherwise: _Result,
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Have a callback return `otherwise` when it fails."""

    def decorate(callback: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        @functools.wraps(callback)
        def wrapped(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
            try:
                return callback(*args, **kwargs)
            except Exception as error:
                kind = (callback.__qualname__, type(error).__name__)
                if kind not in _told:
                    _told.add(kind)
                    log.exception("%s failed; said once", callback.__qualname__)
                return otherwise

        return wrapped

    return decorate
