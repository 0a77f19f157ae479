"""Stretches of frames, in order."""

from collections.abc import MutableSequence

Span = tuple[int, int]
"""First frame, and the one after the last."""


def add(spans: MutableSequence[Span], span: Span) -> None:
    """Append a stretch, or lengthen the last one where they touch."""
    if spans and spans[-1][1] == span[0]:
        span = (spans.pop()[0], span[1])
    spans.append(span)
