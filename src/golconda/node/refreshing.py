"""Derived products made anew: when a source moves, when a failure's cause is gone, when somebody asks.

A refresh that fails says so once, in the log and beside its product, and is tried again: at once when something changes
that reading depends on, and after a while where nothing but time can help. A query that runs and fails is charged to
its sources, so what will fail again is not asked again before they move.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from golconda.kernel.canonical import digest
from golconda.kernel.clock import stamp
from golconda.kernel.errors import Defect, GolcondaError, InvalidInput, TryAgain
from golconda.metastore import catalog
from golconda.metastore import epoch as epochs
from golconda.metastore import heritage as made
from golconda.metastore.log import record
from golconda.node import derive
from golconda.node.discovering import full_name

if TYPE_CHECKING:
    from datetime import datetime

    from golconda.gate.query import Explanation
    from golconda.metastore.heritage import Derivation
    from golconda.node.node import Node
    from golconda.node.session import Session

Document = dict[str, Any]  # plain JSON
LOOK = timedelta(minutes=1)  # the calendar moves no epoch
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)
_UNREAD = "unread"  # in place of a state of the sources: they may not be read
_TIME_HELPS = frozenset({"limit-reached"})
logger = logging.getLogger("golconda.jobs")


def refresh(session: Session, name: str) -> Document:
    """Make a derived product anew, whether or not a source has moved."""
    product = full_name(session, name)
    session.demand("derive", product.partition("/")[0])
    with session.node.metastore.read() as connection:
        plan = made.derivation(connection, product)
    if plan is None:
        raise InvalidInput(
            "refresh-not-derived",
            f"{product} is made of no other product.",
            hint=f"Publish it anew: golconda publish SOURCE --as {product}",
            product=product,
        )
    with derive.making(session.node, product):
        return _again(session.node, plan)


def refresh_moved(node: Node) -> int:
    """Make anew each derived product whose sources have moved, as far as it can be, and return how many."""
    with node.metastore.read() as connection:
        plans = made.derivations(connection)
    return sum(_refreshed(node, plan) for plan in plans)


class Refresher:
    """The job of a server: it looks when something has changed that reading depends on, and each minute."""

    def __init__(self) -> None:
        self._seen: int | None = None
        self._looked: datetime | None = None

    def __call__(self, node: Node) -> None:
        """Refresh what has moved since the last call."""
        now = node.clock.now()
        with node.metastore.read() as connection:
            epoch = epochs.current(connection)
        if epoch != self._seen or self._looked is None or not self._looked <= now < self._looked + LOOK:
            refresh_moved(node)
            derive.sweep(node)
            self._seen, self._looked = epoch, now


def _refreshed(node: Node, plan: Derivation) -> bool:
    try:
        principal = node.local_session(plan.by, derive.DOOR).known()
        explained = node.gate.explain(derive.asked(node, plan), principal)
    except GolcondaError as error:
        _note(node, plan, error, tried=_UNREAD)
        return False
    state = digest(derive.sources(explained))
    if _is_current(node, plan, explained):
        _forget(node, plan)
        return False
    if plan.tried == state and not _is_due(plan, node.clock.now()):
        return False
    return _tried(node, plan, state)


def _tried(node: Node, plan: Derivation, state: str) -> bool:
    try:
        with derive.making(node, plan.product):
            if _changed_meanwhile(node, plan):
                return False
            _again(node, plan)
    except GolcondaError as error:
        if error.code != "lease-held":  # whoever holds it does what is to be done
            _note(node, plan, error, tried=state)
        return False
    except Exception as error:  # one product's fault keeps no other from being refreshed
        logger.exception("Refreshing %s failed.", plan.product)
        _note(node, plan, _broken(error), tried=state)
        return False
    return True


def _changed_meanwhile(node: Node, plan: Derivation) -> bool:
    with node.metastore.read() as connection:
        found = catalog.find(connection, plan.product)
        before = made.derivation(connection, plan.product)
    return found is None or before is None or before.failure != plan.failure or not _moved(node, plan)


def _moved(node: Node, plan: Derivation) -> bool:
    principal = node.local_session(plan.by, derive.DOOR).known()
    return not _is_current(node, plan, node.gate.explain(derive.asked(node, plan), principal))


def _is_current(node: Node, plan: Derivation, explained: Explanation) -> bool:
    with node.metastore.read() as connection:
        found = catalog.find(connection, plan.product)
        number = found.current if found is not None and found.current else 0
        return made.sources(connection, plan.product, number) == derive.sources(explained)


def _again(node: Node, plan: Derivation) -> Document:
    principal = node.local_session(plan.by, derive.DOOR).known()
    return derive.make(node, principal, plan, titles={}, description="")


# ── failures ──────────────────────────────────────────────────────────────────────────────────────────────────


def _is_due(plan: Derivation, now: datetime) -> bool:
    again = plan.failure["again"] if plan.failure and "again" in plan.failure else None
    return again is not None and stamp(now) >= again


def _note(node: Node, plan: Derivation, error: GolcondaError, *, tried: str) -> None:
    """Keep why a refresh failed; the log is told each cause once."""
    now = node.clock.now()
    with node.metastore.transaction() as connection:
        before = made.derivation(connection, plan.product)
        known = before.failure if before is not None and before.tried == tried else None
        is_same = known is not None and known["code"] == error.code
        if is_same and tried == _UNREAD:
            return
        tries = known.get("tries", 1) + 1 if is_same and known is not None else 1
        made.note_failure(connection, plan.product, tried=tried, failure=_failure(error, tries, now))
        if not is_same:
            payload = {"code": error.code}
            record(connection, kind="refresh.failed", actor=plan.by, subject=plan.product, payload=payload, time=now)


def _failure(error: GolcondaError, tries: int, now: datetime) -> Document:
    again = _again_at(error, tries, now)
    said = {"code": error.code, "detail": error.message, "hint": error.hint}
    return {**said, "details": error.details, "time": stamp(now), "tries": tries, "again": again}


def _again_at(error: GolcondaError, tries: int, now: datetime) -> str | None:
    """Return when time alone may have helped, later each time; None where the sources must move first."""
    if not isinstance(error, TryAgain | Defect) and error.code not in _TIME_HELPS:
        return None
    return stamp(now + min(LATEST, SOONEST * 2 ** min(tries - 1, 10)))


def _forget(node: Node, plan: Derivation) -> None:
    if plan.failure is not None:
        with node.metastore.transaction() as connection:
            made.forget_failure(connection, plan.product)


def _broken(error: Exception) -> Defect:
    return Defect("defect", f"Golconda itself failed: {type(error).__name__}.", hint="Look at the node's own log.")
