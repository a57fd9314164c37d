"""Which format a reader wants: the accept header (RFC 9110 §12.5.1)."""

from __future__ import annotations

from golconda.kernel.errors import InvalidInput
from golconda.node.formats import Format

_ALSO = {
    "application/json": Format.JSON,
    "text/json": Format.JSON,
    "application/problem+json": Format.JSON,
    "application/x-parquet": Format.PARQUET,
    "application/parquet": Format.PARQUET,
}
_OFFERED = {form.media_type: form for form in Format} | _ALSO


def choose(accept: str | None) -> Format:
    """Return the format that fits best; JSON where all fit alike; raises ``format-refused`` when none does.

    >>> choose("text/csv;q=0.5, application/vnd.apache.arrow.stream"), choose("*/*"), choose(None)
    (<Format.ARROW: 'arrow'>, <Format.JSON: 'json'>, <Format.JSON: 'json'>)
    """
    if accept is None or not accept.strip():
        return Format.JSON
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    weights = {media: _weight(media, ranges) for media in _OFFERED}
    best = max(weights, key=lambda media: weights[media])  # the first of equals, and JSON is first
    if weights[best] > 0:
        return _OFFERED[best]
    raise InvalidInput(
        "format-refused",
        f"No answer can be given as {accept[:100]!r}.",
        hint=f"Accept one of {', '.join(form.media_type for form in Format)}.",
        status=406,
    )


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return media, _quality(value)
    return media, 1.0


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _weight(media: str, ranges: list[tuple[str, float]]) -> float:
    """Return the weight of the most specific range that covers a media type, 0 when none does."""
    group = f"{media.partition('/')[0]}/*"
    weights = dict(ranges)
    return next((weights[name] for name in (media, group, "*/*") if name in weights), 0.0)
