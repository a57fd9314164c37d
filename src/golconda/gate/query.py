"""The gate: resolve → decide → compile → reserve → run → settle. Rows reach anyone only through here."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from golconda.gate import compile as compiler
from golconda.gate import resolve, statement
from golconda.gate.decide import decide, demand_one_each
from golconda.gate.engines import DUCKDB, engine_for
from golconda.gate.late import Texts, Unfit, demand_fit, filled
from golconda.gate.library import Kept, Library
from golconda.gate.listing import Listing, all_listed, listing
from golconda.gate.release import Release
from golconda.gate.reserve import Moved, admit, asked
from golconda.gate.revocation import Watch
from golconda.gate.room import Room
from golconda.gate.settle import Owed
from golconda.gate.standing import Asker
from golconda.kernel.errors import AccessRefused, GolcondaError, InvalidInput, NotFound, TryAgain
from golconda.kernel.shelf import Shelf
from golconda.metastore import epoch as epochs
from golconda.metastore import meters
from golconda.metastore.log import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime

    import pyarrow as pa
    from sqlalchemy import Connection

    from golconda.agreement.purposes import PurposeList
    from golconda.engine.governed import GovernedEngine
    from golconda.engine.running import Running
    from golconda.gate.authorise import Policies
    from golconda.gate.compile import Plan
    from golconda.gate.decide import Charge, Permit
    from golconda.gate.engines import Spark
    from golconda.gate.late import Late
    from golconda.gate.lineage import OutputColumn
    from golconda.gate.protected import ProtectedTable
    from golconda.gate.reserve import Admission
    from golconda.gate.standing import Standing
    from golconda.gate.statement import Reference, Statement
    from golconda.kernel.clock import Clock
    from golconda.kernel.given import Given
    from golconda.metastore.database import Metastore
    from golconda.metastore.identity import Principal
    from golconda.metastore.meters import Meter

_KEPT = 1024
_USUAL_LENGTH = 200  # a query's tree takes some 2 KB a character, so long ones count as several
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a query and the values for its parameters, the agreements it names, the purpose it may state.

    `engine`: where it is to run, the node's own choice if None.
    """

    sql: str
    agreements: tuple[str, ...] = ()
    purpose: str | None = None
    given: tuple[Given, ...] = ()
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A question decided and compiled, at an epoch and a time: it stands until either moves it."""

    permit: Permit
    bound: Mapping[Reference, ProtectedTable]
    standings: tuple[Standing, ...]
    plan: Plan
    epoch: int
    made: datetime
    listings: Mapping[Reference, Listing] = field(default_factory=dict)

    def holds(self, now: datetime) -> bool:
        """Say whether the calendar still says the same: the day, and every agreement's beginning and end.

        A clock set back is no reason to trust an old decision. What the catalogue shows depends on more agreements
        than those that are read under, so it is looked up each time.
        """
        if self.listings:
            return False
        covenants = [
            covenant for standing in self.standings for covenant in (standing.covenant, *standing.leans) if covenant
        ]
        return (
            self.made <= now
            and self.made.date() == now.date()
            and all(covenant.stands(now) == "active" for covenant in covenants)
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a question would be answered: the decision, the protected query, what is left of each limit."""

    permit: Permit
    bound: Mapping[Reference, ProtectedTable]
    standings: tuple[Standing, ...]
    plan: Plan
    meters: tuple[tuple[Charge, Meter], ...]
    columns: tuple[OutputColumn, ...]


class Gate:
    """The one way to rows. Safe to share between threads."""

    def __init__(
        self,
        *,
        metastore: Metastore,
        engine: GovernedEngine,
        policies: Policies,
        purposes: PurposeList,
        clock: Clock,
        process: str,
        pseudonym_key: Callable[[str], bytes],
        file_path: Callable[[str], str],
        spark: Spark | None = None,
    ) -> None:
        self._metastore = metastore
        self._engine = engine
        self._policies = policies
        self._purposes = purposes
        self._clock = clock
        self._process = process
        self._pseudonym_key = pseudonym_key
        self._file_path = file_path
        self._spark = spark
        self._kept = Kept()
        self._watch = Watch(metastore, clock)
        self._owed = Owed()
        self._room = Room()
        self._late = Texts()
        self._statements: Shelf[tuple[str, tuple[Given, ...]], Statement] = Shelf(
            _KEPT, weight=lambda key: _weight(key[0])
        )
        self._plans: Shelf[tuple[str, Any], Plan] = Shelf(_KEPT, weight=lambda key: _weight(key[0]))
        self._schemas: Shelf[str, pa.Schema] = Shelf(_KEPT, weight=_weight)
        self._decisions: Shelf[tuple[Question, Principal], Decision] = Shelf(
            _KEPT, weight=lambda key: _weight(key[0].sql)
        )

    def ask(
        self,
        question: Question,
        principal: Principal,
        door: str,
        *,
        timeout_seconds: float | None = None,
        made: Callable[[Release], object] = lambda _: None,
    ) -> Release:
        """Admit a read and start it; the release gives its batches, settles it, and must be closed.

        `timeout_seconds`: how long it may run, and never longer than the node lets any. `made`: is told the release
        before anything is computed, so that it can be stopped meanwhile. Raise what the reader did wrong or may not
        do; refusals before this returns charge nothing.
        """
        self._room.enter(principal.organisation)
        left = partial(self._room.leave, principal.organisation)
        try:
            decision, admission = self._admitted(question, principal, door)
        except BaseException as error:
            left()
            if isinstance(error, (InvalidInput, NotFound, AccessRefused)):
                self._log_refusal(error, question, principal, door)
            raise
        release = Release(
            admission,
            decision.permit,
            metastore=self._metastore,
            clock=self._clock,
            watch=self._watch,
            owed=self._owed,
            spill=self._engine.spill_directory,
            left=left,
        )
        made(release)
        release.start(lambda: self._run(decision.plan, principal.organisation, timeout_seconds))
        return release

    def _log_refusal(self, error: GolcondaError, question: Question, principal: Principal, door: str) -> None:
        """Write down who was refused what and why; it costs the reader nothing."""
        clause = {"clause": error.details["clause"]} if "clause" in error.details else {}
        with self._metastore.transaction() as connection:
            record(
                connection,
                kind="read.refused",
                actor=principal.name,
                subject=principal.name,
                payload={"door": door, "code": error.code, **clause, **asked(question.sql, question.given)},
                time=self._clock.now(),
            )

    def schema(self, question: Question, principal: Principal, door: str) -> pa.Schema:
        """Return the columns that the answer to a question would have; nothing is read, and nothing charged.

        The engine is asked, over no rows, since it alone knows the Arrow types of its answers. Raise what `ask` would.
        """
        try:
            plan = self._present_decision(question, principal).plan
        except (InvalidInput, NotFound, AccessRefused) as error:
            self._log_refusal(error, question, principal, door)
            raise
        return self._columns(plan, principal.organisation)

    def _columns(self, plan: Plan, organisation: str) -> pa.Schema:
        return self._schemas.kept(plan.sql, lambda: self._described(plan, organisation))

    def _described(self, plan: Plan, organisation: str) -> pa.Schema:
        running = self._engine.run(plan.without_rows, plan.parameters, frozenset(plan.files), organisation=organisation)
        try:
            return running.schema
        finally:
            running.close()

    def _run(self, plan: Plan, organisation: str, timeout_seconds: float | None) -> Running:
        if plan.over_spark is not None and self._spark is not None:
            return self._spark.engine.run(
                plan.over_spark,
                plan.parameters,
                schema=lambda: self._columns(plan, organisation),
                timeout_seconds=timeout_seconds,
            )
        return self._engine.run(
            plan.sql,
            plan.parameters,
            frozenset(plan.files),
            over_copies=plan.over_copies,
            timeout_seconds=timeout_seconds,
            organisation=organisation,
        )

    def explain(self, question: Question, principal: Principal) -> Explanation:
        """Return how a question would be answered, without answering or charging it."""
        decision = self._decision(question, principal)
        now = self._clock.now()
        with self._metastore.read() as connection:
            left = tuple(
                (charge, meter)
                for charge in decision.permit.charges
                for meter in meters.meters(connection, charge.root, (charge.limit,), now)
            )
        tables: dict[Reference, ProtectedTable | Listing] = {**decision.bound, **decision.listings}
        columns = compiler.output_columns(self._statement(question), tables)
        return Explanation(decision.permit, decision.bound, decision.standings, decision.plan, left, columns)

    def settle_owed(self) -> int:
        """Settle the reads that could not be settled when they ended; return how many."""
        return self._owed.pay(self._metastore, self._clock)

    def close(self) -> None:
        """End the watch over running reads."""
        self._watch.close()

    def _admitted(self, question: Question, principal: Principal, door: str) -> tuple[Decision, Admission]:
        """Decide, or take the decision that stands, and admit; decide again where something moved in between."""
        for _ in range(_TRIES):
            decision = self._standing_decision(question, principal)
            try:
                return decision, self._admit(decision, question, principal, door)
            except Moved:
                self._forget(question, principal)
        raise TryAgain(
            "catalogue-busy", "What the query reads changes faster than it can be read.", hint="Try again in a moment."
        )

    def _admit(self, decision: Decision, question: Question, principal: Principal, door: str) -> Admission:
        with self._metastore.transaction() as connection:
            return admit(
                connection,
                decision.permit,
                epoch=decision.epoch,
                principal=principal.name,
                door=door,
                process=self._process,
                question=asked(question.sql, question.given),
                now=self._clock.now(),
            )

    def _present_decision(self, question: Question, principal: Principal) -> Decision:
        """Return a decision that nothing has moved since, for whoever does not go on to admit it."""
        decision = self._standing_decision(question, principal)
        with self._metastore.read() as connection:
            if epochs.current(connection) == decision.epoch:
                return decision
        self._forget(question, principal)
        return self._standing_decision(question, principal)

    def _standing_decision(self, question: Question, principal: Principal) -> Decision:
        """Return the decision over a question; values that decide nothing are put into a plan made for all of them."""
        late = self._late_values(question)
        if late is not None:
            asked = replace(question, given=filled(question.given, late))
            with suppress(GolcondaError):  # what is wrong is told with the question's own values
                try:
                    decision = self._kept_decision(asked, principal, late)
                    return replace(decision, plan=decision.plan.with_values(late.known()))
                except Unfit:
                    self._late.give_up(question.sql)
        return self._kept_decision(question, principal)

    def _late_values(self, question: Question) -> Late | None:
        return self._late.late(question.sql, question.given) if question.given else None

    def _kept_decision(self, question: Question, principal: Principal, late: Late | None = None) -> Decision:
        key = (question, principal)
        decision = self._decisions.kept(key, lambda: self._decision(question, principal, late))
        if decision.holds(self._clock.now()):
            return decision
        self._decisions.drop(key)
        return self._decision(question, principal, late)

    def _forget(self, question: Question, principal: Principal) -> None:
        self._decisions.drop((question, principal))
        late = self._late_values(question)
        if late is not None:
            self._decisions.drop((replace(question, given=filled(question.given, late)), principal))

    def _decision(self, question: Question, principal: Principal, late: Late | None = None) -> Decision:
        self._policies.demand(principal, "query", principal.organisation)
        asked, asker, now = self._statement(question), _asker(principal), self._clock.now()
        with self._metastore.read() as connection:
            epoch = epochs.current(connection)
            found = resolve.standings(
                asked.references,
                Library(connection, self._kept),
                asker,
                is_steward=self._policies.allows(principal, "read-own", principal.organisation),
                named=question.agreements,
                purpose=question.purpose,
                purposes=self._purposes,
                now=now,
            )
            readable = self._readable(connection, question, principal, now) if asked.listings else ()
        demand_one_each((*found.values(), *readable), question.agreements)
        permit = decide(
            _each_once(found.values()),
            asked_purpose=question.purpose,
            purposes=self._purposes,
            policies=self._policies.hash,
            now=now,
            path=self._file_path,
        )
        bound = self._bound(asked, found, permit)
        listings = self._listings(asked, readable, now)
        plan = self._planned(question, asked, {**bound, **listings}, permit, asker, now.date(), late)
        return Decision(permit, bound, tuple(found.values()), plan, epoch, now, listings)

    def _readable(
        self, connection: Connection, question: Question, principal: Principal, now: datetime
    ) -> tuple[Standing, ...]:
        return resolve.readable(
            Library(connection, self._kept),
            _asker(principal),
            is_steward=self._policies.allows(principal, "read-own", principal.organisation),
            named=question.agreements,
            purpose=question.purpose,
            purposes=self._purposes,
            now=now,
        )

    def _listings(self, asked: Statement, readable: Iterable[Standing], now: datetime) -> Mapping[Reference, Listing]:
        """Return the tables of the information schema that are asked for."""
        listed = tuple(
            all_listed(readable, purposes=self._purposes, policies=self._policies.hash, now=now, path=self._file_path)
        )
        made = {name: listing(name.table, listed) for name in asked.listings}
        return {name: one for name, one in made.items() if one is not None}

    def _statement(self, question: Question) -> Statement:
        key = (question.sql, question.given)
        return self._statements.kept(key, lambda: statement.parse(question.sql, question.given))

    def _bound(
        self, asked: Statement, found: Mapping[tuple[str | None, str], Standing], permit: Permit
    ) -> Mapping[Reference, ProtectedTable]:
        return {
            reference: permit.tables[resolve.table_of(reference, found[resolve.product_of(reference)], permit.tables)]
            for reference in asked.references
        }

    def _planned(
        self,
        question: Question,
        asked: Statement,
        tables: Mapping[Reference, ProtectedTable | Listing],
        permit: Permit,
        asker: Asker,
        today: date,
        late: Late | None,
    ) -> Plan:
        """Return the plan for the engine that is asked for, or for the node's own; what that lacks DuckDB answers."""
        engine = engine_for(question.engine, permit, self._spark)
        try:
            return self._plan(question, asked, tables, permit, asker, today, engine=engine, late=late)
        except InvalidInput as error:
            if question.engine is not None or error.code != "engine-differs":
                raise
        return self._plan(question, asked, tables, permit, asker, today, engine=DUCKDB, late=late)

    def _plan(
        self,
        question: Question,
        asked: Statement,
        tables: Mapping[Reference, ProtectedTable | Listing],
        permit: Permit,
        asker: Asker,
        today: date,
        *,
        engine: str,
        late: Late | None,
    ) -> Plan:
        listings = tuple((name, table) for name, table in tables.items() if isinstance(table, Listing))
        cites = tuple(permit.cites.items())
        key = (
            question.sql,
            (question.given, listings, cites, permit.agreements, asker, today, engine, late is not None),
        )
        return self._plans.kept(key, lambda: self._compiled(asked, tables, asker, today, engine, late))

    def _compiled(
        self,
        asked: Statement,
        tables: Mapping[Reference, ProtectedTable | Listing],
        asker: Asker,
        today: date,
        engine: str,
        late: Late | None,
    ) -> Plan:
        if late is not None:
            demand_fit(asked, tables, late)
        plan = compiler.compile_plan(
            asked, tables, attributes=asker.attributes, today=today, key=self._pseudonym_key, engine=engine
        )
        return plan if late is None else plan.for_late(late)


def _weight(sql: str) -> int:
    return 1 + len(sql) // _USUAL_LENGTH


def _asker(principal: Principal) -> Asker:
    return Asker(principal.name, principal.organisation, principal.region)


def _each_once(found: Iterable[Standing]) -> tuple[Standing, ...]:
    """Return each product's standing once, however many names the query has for it."""
    return tuple({standing.edition.product: standing for standing in found}.values())
