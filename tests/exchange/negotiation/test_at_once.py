"""Two people who do the same thing at once: one succeeds, the other is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from golconda.kernel.errors import GolcondaError
from golconda.metastore import epoch, schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.exchange.negotiation.conftest import Scene


def at_once(act: Callable[[], Any]) -> list[str]:
    """Run an act in two threads at once, and return how each ended."""
    barrier = Barrier(2)

    def run(_: int) -> str:
        barrier.wait()
        try:
            act()
        except GolcondaError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(run, range(2)))


def count(scene: Scene, kind: str) -> int:
    with scene.metastore.read() as connection:
        events = select(func.count()).where(schema.event.c.kind == kind)
        return connection.scalar(events) or 0


def test_a_request_that_is_approved_twice_at_once_is_one_agreement(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation

    outcomes = at_once(lambda: scene.approve(asked.id, scene.owner))

    assert outcomes == ["done", "request-ended"]
    assert count(scene, "agreement.agreed") == 1
    with scene.metastore.read() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.agreement)) == 1


def test_an_agreement_that_is_revoked_twice_at_once_is_revoked_once(scene: Scene) -> None:
    made = scene.agreed()
    with scene.metastore.read() as connection:
        before = epoch.current(connection)

    outcomes = at_once(lambda: scene.end("revoke", made.id))

    assert outcomes == ["agreement-state", "done"]
    assert count(scene, "agreement.revoked") == 1
    with scene.metastore.read() as connection:
        assert epoch.current(connection) == before + 1


def test_an_amendment_accepted_while_it_is_revoked_ends_in_one_of_both(scene: Scene) -> None:
    scene.offer()
    first = scene.approve(scene.request().negotiation.id, scene.owner).agreement
    assert first is not None
    asked = scene.request(amends=first.id).negotiation
    acts = [lambda: scene.approve(asked.id, scene.owner), lambda: scene.end("revoke", first.id)]

    outcomes = at_once(lambda: acts.pop()())

    assert outcomes == ["agreement-state", "done"]
    assert count(scene, "agreement.revoked") + count(scene, "agreement.superseded") == 1


def test_the_same_terms_offered_at_once_are_both_kept(scene: Scene) -> None:
    assert at_once(scene.offer) == ["done", "done"]
