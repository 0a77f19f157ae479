"""The words that the declarations of this daemon share."""

from common.params.kinds import Access, Text
from common.params.registry import PARAMETERS, Options

AUDIO = PARAMETERS.owned_by("audio")
WORDS = Text(128)
NAME = Text(64)
VIEWED: Options = {"read": Access.VIEWER, "write": Access.OPERATOR}
OPERATED: Options = {"read": Access.OPERATOR, "write": Access.OPERATOR}
