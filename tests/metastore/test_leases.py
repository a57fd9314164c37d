"""Leases: one holder at a time, and a fence that only rises."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from golconda.kernel.errors import TryAgain
from golconda.metastore import leases

if TYPE_CHECKING:
    from golconda.metastore.database import Metastore
    from golconda.metastore.leases import Lease

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TTL = timedelta(seconds=30)
ELSEWHERE = "elsewhere:1:x"


def _acquire(metastore: Metastore, holder: str, *, after: int = 0) -> Lease:
    with metastore.transaction() as connection:
        return leases.acquire(connection, "publish:city/care", holder, NOW + timedelta(seconds=after), TTL)


def _confirm(metastore: Metastore, lease: Lease) -> None:
    with metastore.transaction() as connection:
        leases.confirm(connection, lease)


def test_a_lease_that_is_held_is_refused(metastore: Metastore) -> None:
    _acquire(metastore, ELSEWHERE)
    with pytest.raises(TryAgain) as caught:
        _acquire(metastore, "here:2:y")
    assert caught.value.code == "lease-held"


def test_a_lease_that_ran_out_is_taken_with_a_higher_fence(metastore: Metastore) -> None:
    first, second = _acquire(metastore, ELSEWHERE), _acquire(metastore, "there:2:y", after=31)
    assert second.fence > first.fence
    _confirm(metastore, second)
    with pytest.raises(TryAgain) as caught:
        _confirm(metastore, first)
    assert caught.value.code == "lease-lost"


def test_a_lease_that_ran_out_and_nobody_took_is_still_good(metastore: Metastore) -> None:
    _confirm(metastore, _acquire(metastore, ELSEWHERE))


def test_a_renewed_lease_lasts(metastore: Metastore) -> None:
    lease = _acquire(metastore, ELSEWHERE)
    with metastore.transaction() as connection:
        leases.renew(connection, lease, NOW + timedelta(seconds=29), TTL)
    with pytest.raises(TryAgain):
        _acquire(metastore, "there:2:y", after=31)


def test_a_lease_given_back_is_free_and_its_fence_still_rises(metastore: Metastore) -> None:
    first = _acquire(metastore, ELSEWHERE)
    with metastore.transaction() as connection:
        leases.release(connection, first)
    assert _acquire(metastore, "there:2:y").fence == first.fence + 1


def test_giving_back_a_lost_lease_leaves_it_to_its_holder(metastore: Metastore) -> None:
    first, second = _acquire(metastore, ELSEWHERE), _acquire(metastore, "there:2:y", after=31)
    with metastore.transaction() as connection:
        leases.release(connection, first)
    _confirm(metastore, second)
    with pytest.raises(TryAgain):
        _acquire(metastore, "here:3:z", after=32)


def test_the_lease_of_a_process_that_died_is_free_at_once(metastore: Metastore) -> None:
    script = "from golconda.metastore.leases import holder_here; print(holder_here())"
    gone = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    first = _acquire(metastore, gone.stdout.strip())
    assert _acquire(metastore, "there:2:y").fence == first.fence + 1


def test_of_many_who_ask_at_once_one_gets_it(metastore: Metastore) -> None:
    def attempt(number: int) -> bool:
        try:
            _acquire(metastore, f"elsewhere:{number}:x")
        except TryAgain:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_leases_that_are_alive_are_listed(metastore: Metastore) -> None:
    _acquire(metastore, ELSEWHERE)
    with metastore.read() as connection:
        assert leases.alive(connection, "publish:", NOW) == ("publish:city/care",)
        assert leases.alive(connection, "publish:", NOW + timedelta(seconds=31)) == ()
        assert leases.alive(connection, "read:", NOW) == ()
