"""Services: a query under a name, with typed parameters, that runs with the rights of whoever calls it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from golconda.gate import statement
from golconda.gate.parameter_types import parameter_types, stand_ins
from golconda.gate.parameters import unfit
from golconda.gate.query import Question
from golconda.kernel.errors import InvalidInput, NotFound, nearest
from golconda.kernel.given import typed
from golconda.kernel.logical_types import Kind, LogicalType
from golconda.kernel.names import slug
from golconda.metastore import lineage
from golconda.metastore import services as stored
from golconda.metastore.lineage import SERVICE
from golconda.metastore.log import record
from golconda.metastore.services import Parameter, Service
from golconda.node.catalogue import Catalogue, service_document
from golconda.node.discovering import full_name
from golconda.node.lineage import edges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from golconda.gate.query import Explanation
    from golconda.kernel.given import Given
    from golconda.node.answer import Answer
    from golconda.node.session import Session

Document = dict[str, Any]  # plain JSON
RESERVED = ("agreement", "agreements", "purpose", "format", "page_size")  # what an address says beside the values
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def services(session: Session) -> Document:
    """List the services of the products that the reader may know of."""
    with session.node.metastore.read() as connection:
        return {"services": [service_document(each) for each in _known(connection, session)]}


def service(session: Session, name: str) -> Document:
    """Return one service."""
    with session.node.metastore.read() as connection:
        return service_document(_found(connection, session, name))


def add(
    session: Session,
    name: str,
    sql: str,
    *,
    product: str,
    parameters: Mapping[str, str],
    titles: Mapping[str, str],
) -> Document:
    """Put a query under a name. `parameters`: types by name, for those that the query's columns do not tell."""
    slug(name, what="a service")
    of = full_name(session, product)
    actor = session.demand("publish", of.partition("/")[0])
    asked = Question(sql, given=stand_ins(sql))
    explained = session.node.gate.explain(asked, actor)
    text = statement.qualified(sql, {each: table.name for each, table in explained.bound.items()})
    now = session.node.clock.now()
    types = tuple(_typed(sql, explained, parameters))
    made = Service(name, of, text, types, dict(titles), actor.name, now)
    with session.node.metastore.transaction() as connection:
        if stored.find(connection, name) is not None:
            raise InvalidInput(
                "service-exists",
                f"There is a service {name} already.",
                hint=f"Choose another name, or remove it first: golconda service remove {name}",
                service=name,
            )
        stored.add(connection, made)
        lineage.put(connection, edges(SERVICE, name, "", explained))
        payload = {"product": of, "sql": text, "parameters": [each.document() for each in types]}
        record(connection, kind="service.added", actor=actor.name, subject=f"{of}:{name}", payload=payload, time=now)
    return service_document(made)


def remove(session: Session, name: str) -> Document:
    """Take a service away."""
    with session.node.metastore.transaction() as connection:
        found = _found(connection, session, name)
        actor = session.demand("publish", found.product.partition("/")[0])
        stored.remove(connection, name)
        lineage.forget_service(connection, name)
        record(
            connection,
            kind="service.removed",
            actor=actor.name,
            subject=f"{found.product}:{name}",
            payload={"product": found.product},
            time=session.node.clock.now(),
        )
    return service_document(found)


def call(
    session: Session,
    name: str,
    values: Mapping[str, Any],
    *,
    agreements: Sequence[str],
    purpose: str | None,
    made: Callable[[Answer], object],
) -> Answer:
    """Ask the service's query with these values, as the caller, through the gate."""
    found, filled = _asked(session, name, values)
    return session.query(found.sql, agreements=agreements, purpose=purpose, parameters=filled, made=made)


def paged(
    session: Session,
    name: str,
    page_size: int,
    values: Mapping[str, Any],
    *,
    at: str,
    agreements: Sequence[str],
    purpose: str | None,
    made: Callable[[Answer], object],
) -> bytes:
    """Ask as `call` does, hold the answer, and return its first page."""
    found, filled = _asked(session, name, values)
    about: dict[str, Any] = {"agreements": agreements, "purpose": purpose, "parameters": filled, "made": made}
    return session.paged(found.sql, page_size, at=at, **about)


def _asked(session: Session, name: str, values: Mapping[str, Any]) -> tuple[Service, tuple[Given, ...]]:
    session.known()
    with session.node.metastore.read() as connection:
        found = _found(connection, session, name)
    return found, _filled(found, values)


def _known(connection: Connection, session: Session) -> Iterator[Service]:
    catalogue = Catalogue(connection, session.principal, session.node.purposes, session.node.catalogue)
    return (each for each in stored.services(connection) if catalogue.knows(each.product))


def _found(connection: Connection, session: Session, name: str) -> Service:
    known = {each.name: each for each in _known(connection, session)}
    if name in known:
        return known[name]
    raise NotFound(
        "service-unknown",
        f"There is no service {name}.",
        hint=f"Check the name: {nearest(name, known)}.",
        service=name,
    )


# ── parameters ────────────────────────────────────────────────────────────────────────────────────────────────


def _typed(sql: str, explained: Explanation, declared: Mapping[str, str]) -> Iterator[Parameter]:
    drawn = parameter_types(sql, explained.bound)
    if left_over := sorted(set(declared) - set(drawn)):
        raise unfit(tuple(drawn), tuple(left_over))
    for name, type_ in drawn.items():
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise InvalidInput(
                "parameter-name",
                f"A service's parameter cannot be called {name[:40]!r}.",
                hint=f"Write :name in small letters, digits and _, and none of {', '.join(RESERVED)}.",
            )
        wanted = LogicalType.parse(declared[name].upper()) if name in declared else type_
        if wanted is None or wanted.kind is Kind.BLOB:
            raise InvalidInput(
                "parameter-untyped",
                f"No column tells the type of the parameter {name}.",
                hint=f"Declare it: --parameter {name}:VARCHAR",
                parameter=name,
            )
        yield Parameter(name, str(wanted))


def _filled(service: Service, values: Mapping[str, Any]) -> tuple[Given, ...]:
    wanted = {each.name for each in service.parameters}
    if wanted != set(values):
        raise _unfit(service, missing=sorted(wanted - set(values)), unknown=sorted(set(values) - wanted))
    return tuple(typed(each.name, each.type, values[each.name]) for each in service.parameters)


def _unfit(service: Service, *, missing: list[str], unknown: list[str]) -> InvalidInput:
    takes = ", ".join(f"{each.name} ({each.type})" for each in service.parameters) or "no parameters"
    lacks = f"; {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing" if missing else ""
    besides = f"; it has no {', '.join(name[:40] for name in unknown[:10])}" if unknown else ""
    return InvalidInput(
        "parameters-unfit",
        f"The service {service.name} takes {takes}{lacks}{besides}.",
        hint=f"Give each parameter one value, and none besides; golconda service show {service.name}",
        service=service.name,
        missing=missing,
        unknown=[name[:40] for name in unknown[:10]],
    )
