"""ISO 8601 durations on the calendar."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golconda.agreement.period import Duration, ends, shortest

LENGTHS = st.builds(Duration, st.integers(0, 60), st.integers(1, 10**8))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("P30D", "2026-11-24", "2026-12-24"),
        ("P1M", "2027-01-31", "2027-02-28"),
        ("P1M", "2028-01-31", "2028-02-29"),
        ("P1Y", "2028-02-29", "2029-02-28"),
        ("P2W", "2026-12-25", "2027-01-08"),
        ("P1Y2M3D", "2026-11-24", "2028-01-27"),
        ("P12M", "2026-11-24", "2027-11-24"),
    ],
)
def test_months_and_years_follow_the_calendar(text: str, start: str, end: str) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=UTC)

    assert Duration.parse(text).after(begun) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@given(LENGTHS)
def test_a_duration_is_read_back_as_written(length: Duration) -> None:
    assert Duration.parse(str(length)) == length


@given(st.lists(LENGTHS, max_size=6), st.datetimes(max_value=datetime(3000, 1, 1)))  # noqa: DTZ001
def test_dropping_longer_durations_never_changes_the_end(lengths: list[Duration], start: datetime) -> None:
    assert ends(shortest(lengths), start=start) == ends(lengths, start=start)


def test_no_duration_never_ends() -> None:
    assert ends((), start=datetime(2026, 11, 24, tzinfo=UTC)) is None
