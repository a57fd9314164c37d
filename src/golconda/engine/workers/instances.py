"""Locked-down DuckDB instances of a worker: each can open the files it was set up for and nothing else.

The text that sets one up comes from the node (engine/lockdown.py). Files are immutable, so a kept instance never
goes stale. Opening costs 6-9 ms, setting a spare one up some tenths; so one is kept in reserve.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb

from golconda.kernel.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from golconda.engine.workers.wire import Hello, Trial

_KEPT = 16  # each has threads of its own, and their stacks count
_PREPARED = 64  # plans of one instance


class Instance:
    """An open connection that is locked down, and the plans it has made for texts that come again."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._prepared: OrderedDict[str, str] = OrderedDict()  # name by text; no name yet where it came once
        self._made = 0

    def planned(self, sql: str) -> str:
        """Return what to run for a text without parameters: the plan that was kept, where its answer was small before.

        Planning is a sixth of what a point read takes the engine. Files are immutable, so plans do not go stale. But
        a kept plan computes its whole answer before it gives a row, so that it is for small answers only.
        """
        name = self._prepared.pop(sql, None)
        if name is None:
            return sql
        self._prepared[sql] = name or self._prepare(sql)
        return f"EXECUTE {self._prepared[sql]}"

    def note_small(self, sql: str) -> None:
        """Note that a text's answer was small."""
        self._prepared.setdefault(sql, "")
        self._forget()

    def _prepare(self, sql: str) -> str:
        self._made += 1
        name = f"plan_{self._made}"
        self.connection.execute(f"PREPARE {name} AS {sql}")  # a name of ours, and the node's own text
        return name

    def _forget(self) -> None:
        if len(self._prepared) > _PREPARED:
            name = self._prepared.popitem(last=False)[1]
            if name:
                self.connection.execute(f"DEALLOCATE {name}")


class Instances:
    """The instances of this worker, least recently used first out."""

    def __init__(self, hello: Hello) -> None:
        self._hello = hello
        self._kept: OrderedDict[str, Instance] = OrderedDict()
        self._spare: duckdb.DuckDBPyConnection | None = None
        self._passed: set[str] = set()

    def prepare(self) -> None:
        """Have a spare instance at hand; call it where nobody waits."""
        if self._spare is None:
            self._spare = self._opened()

    def kept(self, key: str) -> Instance | None:
        """Return an instance that is open."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def made(self, key: str, source: str, setup: Iterable[str]) -> Instance:
        """Set an instance up, once this engine has passed the leak test for its kind of source."""
        self.demand_tight(source)
        instance = self._kept[key] = Instance(self._set_up(setup))
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)[1].connection.close()
        return instance

    def drop(self) -> None:
        """Close all instances, and with them what they cache."""
        kept, self._kept = self._kept, OrderedDict()
        for instance in kept.values():
            instance.connection.close()

    def demand_tight(self, source: str) -> None:
        """Raise ``engine-leaks`` if a hidden row makes itself felt; tried until it passes, then no more."""
        if source not in self._passed:
            self._try(self._hello.trials[source])
            self._passed.add(source)

    def _try(self, trial: Trial) -> None:
        try:
            with duckdb.connect(config={"threads": 1}) as connection:
                for statement in trial.writing:
                    connection.execute(statement)
            with self._set_up(trial.setup) as instance:
                for query in trial.queries:
                    _demand_rows(instance, query)
        finally:
            for file in trial.files:
                with suppress(OSError):
                    os.unlink(file)  # noqa: PTH108 - pathlib costs a worker's start 5 ms

    def _set_up(self, setup: Iterable[str]) -> duckdb.DuckDBPyConnection:
        instance = self._spare or self._opened()
        self._spare = None
        for statement in setup:
            instance.execute(statement)
        return instance

    def _opened(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(":memory:", config=dict(self._hello.config))


def _demand_rows(instance: duckdb.DuckDBPyConnection, query: str) -> None:
    try:
        instance.execute(query).fetchall()
    except duckdb.Error as error:
        raise Defect(
            "engine-leaks",
            "This engine lets a hidden row be felt: a query of the test before serving failed.",
            hint="Install the version of DuckDB that golconda requires, and report this if it is the one.",
        ) from error
