"""ISO 8601 durations on the calendar: ``P30D``, ``P1M``, ``P1Y``, ``PT12H``.

A month has no fixed length, so ``P1M`` and ``P30D`` cannot be ordered once and for all; a set of durations
means "whichever ends first", and `shortest` keeps of a set only what may still end first.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_ISO = re.compile(
    r"P(?=[0-9T])(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=[0-9])(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
)
_LONGEST_MONTHS = 12 * 1000
_LONGEST_SECONDS = 366 * 1000 * 86400


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """Whole months, then seconds; a day is 86,400 seconds since all times are UTC.

    >>> str(Duration.parse("P1Y2M")), str(Duration.parse("P4W")), str(Duration.parse("PT36H"))
    ('P1Y2M', 'P28D', 'P1DT12H')
    """

    months: int = 0
    seconds: int = 0

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read an ISO 8601 duration longer than nothing, or raise ``terms-duration``."""
        found = _ISO.fullmatch(text)
        years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in _groups(found))
        whole = cls(12 * years + months, ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds)
        if whole == cls() or whole.months > _LONGEST_MONTHS or whole.seconds > _LONGEST_SECONDS:
            raise InvalidInput(
                "terms-duration",
                f"{text!r} is no duration.",
                hint="Write it as ISO 8601 does: P30D, P6M, P1Y, PT12H; at most a thousand years.",
                value=text,
            )
        return whole

    def after(self, start: datetime) -> datetime:
        """Return the moment this long after `start`; a day the month lacks becomes its last.

        >>> from datetime import datetime
        >>> Duration.parse("P1M").after(datetime(2027, 1, 31)).date().isoformat()
        '2027-02-28'
        """
        months = start.year * 12 + start.month - 1 + self.months
        year, month = divmod(months, 12)
        day = min(start.day, monthrange(year, month + 1)[1])
        return start.replace(year=year, month=month + 1, day=day) + timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        years, months = divmod(self.months, 12)
        days, rest = divmod(self.seconds, 86400)
        hours, rest = divmod(rest, 3600)
        minutes, seconds = divmod(rest, 60)
        date = _parts((years, "Y"), (months, "M"), (days, "D"))
        time = _parts((hours, "H"), (minutes, "M"), (seconds, "S"))
        return f"P{date}T{time}" if time else f"P{date}"


def shortest(durations: Iterable[Duration]) -> tuple[Duration, ...]:
    """Return those that end first from some start, sorted: the others say nothing more."""
    found = sorted(set(durations))
    return tuple(one for one in found if not any(_never_later(other, one) for other in found))


def ends(durations: Iterable[Duration], *, start: datetime) -> datetime | None:
    """Return when the first of them is over, None if there are none."""
    return min((duration.after(start) for duration in durations), default=None)


def _never_later(one: Duration, other: Duration) -> bool:
    return one != other and one.months <= other.months and one.seconds <= other.seconds


def _groups(found: re.Match[str] | None) -> tuple[str | None, ...]:
    return found.groups() if found else (None,) * 7


def _parts(*parts: tuple[int, str]) -> str:
    return "".join(f"{count}{letter}" for count, letter in parts if count)
