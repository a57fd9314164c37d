"""The server: each call of Flight, and which of our use cases it is."""

from __future__ import annotations

import errno
import socket
import threading
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import flight

from golconda.doors.flight_sql import binding, catalogue, messages
from golconda.doors.flight_sql.callers import NAME, Caller, Callers, Login
from golconda.doors.flight_sql.connections import cut_all
from golconda.doors.flight_sql.faults import refused, spoken
from golconda.doors.flight_sql.outgoing import Outgoing, Watch
from golconda.doors.flight_sql.places import Places
from golconda.doors.flight_sql.prepared import PreparedStatements
from golconda.doors.flight_sql.tickets import Tickets
from golconda.kernel.errors import InvalidInput, TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.doors.flight_sql.messages import Message
    from golconda.doors.flight_sql.tickets import Ticket
    from golconda.kernel.given import Given
    from golconda.node.node import Node

STOP_SECONDS = 1.0

_STATEMENT = "CommandStatementQuery"
_PREPARED = "CommandPreparedStatementQuery"
_WRITES = "This door gives answers and takes no data; publish with `golconda publish`."


class FlightDoor(flight.FlightServerBase):  # type: ignore[misc]  # pyarrow is untyped
    """Serves from the moment it is made until it is stopped."""

    def __init__(self, node: Node, host: str, port: int, *, tls: tuple[bytes, bytes] | None = None) -> None:
        """Listen, or raise ``port-in-use`` or ``address-unusable``. `tls`: certificate and key, as PEM."""
        _demand_free(host, port)
        self._node = node
        self._tickets = Tickets()
        self._prepared = PreparedStatements()
        self._places = Places()
        self._watch = Watch()
        scheme, shown = ("grpc" if tls is None else "grpc+tls"), (f"[{host}]" if ":" in host else host)
        super().__init__(
            f"{scheme}://{shown}:{port}",
            auth_handler=Login(),
            middleware={NAME: Callers(node)},
            tls_certificates=[tls] if tls else None,
        )
        reached = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(shown, shown)  # noqa: S104  # compared, not listened on
        self.address = f"{scheme}://{reached}:{self.port}"

    def stop(self) -> None:
        """Tell what is under way, wait a moment for it, and cut off the rest."""
        self._watch.stop_all(
            TryAgain("node-stopping", "This node is being stopped.", hint="Try again when it is back.")
        )
        ending = threading.Thread(target=self.shutdown, name="golconda-flight-stop", daemon=True)
        ending.start()
        ending.join(STOP_SECONDS)
        while ending.is_alive():
            cut_all(self.port)
            ending.join(0.2)
        self._watch.close()

    # ── Flight's calls ────────────────────────────────────────────────────────────────────────────────────

    def get_flight_info(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.FlightInfo:
        """Return an answer's columns, and the ticket for its rows."""
        with spoken():
            caller = _caller(context)
            schema, ticket = self._offered(_command(descriptor), caller)
            return flight.FlightInfo(schema, descriptor, [flight.FlightEndpoint(ticket, [])], -1, -1)

    def get_schema(self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor) -> flight.SchemaResult:
        """Return an answer's columns."""
        with spoken():
            return flight.SchemaResult(self._offered(_command(descriptor), _caller(context))[0])

    def do_get(self, context: flight.ServerCallContext, ticket: flight.Ticket) -> flight.FlightDataStream:
        """Return what a ticket is for; a query is let in, metered and charged here."""
        with spoken():
            caller = _caller(context)
            shown = self._tickets.read(ticket.ticket, caller.name, self._node.clock.now())
            if shown.command:
                return flight.RecordBatchStream(catalogue.answer(messages.packed(bytes.fromhex(shown.command)), caller))
            return self._read(context, shown, caller)

    def do_put(
        self,
        context: flight.ServerCallContext,
        descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.FlightMetadataWriter,
    ) -> None:
        """Take the values for a prepared statement's parameters; refuse whatever would write."""
        with spoken():
            caller, command = _caller(context), _command(descriptor)
            if command.name != _PREPARED:
                raise refused(f"{command.name or 'Writing'}", hint=_WRITES)
            handle, now = command.blob(1), self._node.clock.now()
            self._prepared.get(handle, caller.name, now)
            self._prepared.bind(handle, caller.name, binding.values(reader), now)
            writer.write(pa.py_buffer(messages.encode({1: [handle]})))

    def do_action(self, context: flight.ServerCallContext, action: flight.Action) -> Iterator[flight.Result]:
        """Prepare or close a statement, or cancel a query."""
        with spoken():
            caller, body = _caller(context), action.body.to_pybytes()
            match action.type:
                case "CreatePreparedStatement":
                    return iter([self._prepare(messages.packed(body), caller)])
                case "ClosePreparedStatement":
                    self._prepared.close(messages.packed(body).blob(1), caller.name)
                    return iter([])
                case "CancelFlightInfo":
                    return iter([self._cancel(messages.fields(body), caller)])
                case "CancelQuery":
                    return iter([self._cancel(messages.packed(body).fields, caller)])
            raise refused(
                f"The action {action.type[:40]!r}", hint="Prepare, close and cancel are the actions there are."
            )

    def list_actions(self, _: flight.ServerCallContext) -> list[flight.ActionType]:
        """Return the actions."""
        return [
            flight.ActionType("CreatePreparedStatement", "Prepare a query."),
            flight.ActionType("ClosePreparedStatement", "Forget a prepared query."),
            flight.ActionType("CancelFlightInfo", "Cancel the query that a flight info began."),
        ]

    def list_flights(self, *_: Any) -> Iterator[flight.FlightInfo]:  # as Flight calls it
        """Refuse: tables are listed by Flight SQL's own questions."""
        with spoken():
            raise refused("Listing flights", hint="Ask for the tables, as Flight SQL clients do.")

    def do_exchange(self, *_: Any) -> None:  # as Flight calls it
        """Refuse."""
        with spoken():
            raise refused("Exchanging data", hint=_WRITES)

    # ── what they come to ─────────────────────────────────────────────────────────────────────────────────

    def _offered(self, command: Message, caller: Caller) -> tuple[pa.Schema, bytes]:
        now = self._node.clock.now()
        if catalogue.is_known(command):
            body = messages.encode_message(command)
            return catalogue.schema(command), self._tickets.make(caller.name, now, command=body.hex())
        if command.name == _PREPARED:
            statement = self._prepared.get(command.blob(1), caller.name, now)
            sql, given = statement.sql, statement.given
        elif command.name == _STATEMENT:
            sql, given = command.text(1) or "", ()
        else:
            raise refused(command.name, hint="Ask queries as SQL text.")
        schema, agreements = _columns(caller, sql, given)
        ticket = self._tickets.make(
            caller.name,
            now,
            sql=sql,
            given=given,
            agreements=agreements,
            purpose=caller.purpose,
            timeout_seconds=caller.timeout_seconds,
        )
        return schema, ticket

    def _read(self, context: flight.ServerCallContext, shown: Ticket, caller: Caller) -> flight.FlightDataStream:
        """Wait for room, have the query let in, and stream its answer."""
        outgoing = Outgoing(context, principal=caller.name, number=shown.number)
        organisation = caller.session.known().organisation
        self._watch.add(outgoing)
        caller.ending.append(lambda: self._watch.discard(outgoing))
        self._places.enter(organisation, demand=outgoing.demand)
        caller.ending.append(lambda: self._places.leave(organisation))
        caller.ending.append(outgoing.end)
        answer = caller.session.query(
            shown.sql,
            agreements=shown.agreements,
            purpose=shown.purpose,
            parameters=shown.given,
            timeout_seconds=caller.timeout_seconds or shown.timeout_seconds,
            engine="duckdb",  # whose columns the client was told
            made=outgoing.hold,
        )
        outgoing.demand()
        return flight.GeneratorStream(answer.plain_schema, outgoing)

    def _prepare(self, request: Message, caller: Caller) -> bytes:
        """Keep a statement; one without parameters is looked at now, so that it fails here if it must."""
        sql = request.text(1) or ""
        columns = b""
        if not caller.session.parameter_names(sql):
            columns = _columns(caller, sql, ())[0].serialize().to_pybytes()
        handle = self._prepared.add(caller.name, sql, self._node.clock.now())
        return messages.pack("ActionCreatePreparedStatementResult", {1: [handle], 2: [columns]})

    def _cancel(self, request: messages.Fields, caller: Caller) -> bytes:
        """Stop what the tickets of a flight info began: they stand in its endpoints, field 3, and there in field 1."""
        cancelled = False
        info = messages.Message("FlightInfo", messages.fields(messages.Message("", request).blob(1)))
        for endpoint in info.fields.get(3, ()):
            ticket = messages.Message("", messages.fields(_bytes(endpoint))).blob(1)
            sealed = messages.Message("", messages.fields(ticket)).blob(1)
            shown = self._tickets.read(sealed, caller.name, self._node.clock.now())
            cancelled = self._watch.cancel(caller.name, shown.number) or cancelled
        return messages.encode({1: [1 if cancelled else 3]})  # CANCELLED, or NOT_CANCELLABLE


def _caller(context: flight.ServerCallContext) -> Caller:
    caller = context.get_middleware(NAME)
    assert isinstance(caller, Caller)  # noqa: S101 - Flight has no call without it
    return caller


def _columns(caller: Caller, sql: str, given: tuple[Given, ...]) -> tuple[pa.Schema, tuple[str, ...]]:
    """Return an answer's columns, and those of the connection's agreements that the query reads under.

    They are named once for many queries, so that one which this query has no use for is no misunderstanding.
    """
    try:
        schema = caller.session.schema(sql, agreements=caller.agreements, purpose=caller.purpose, parameters=given)
    except InvalidInput as error:
        if error.code != "agreement-idle":
            raise
        used = tuple(name for name in caller.agreements if name not in error.details["idle"])
        return caller.session.schema(sql, agreements=used, purpose=caller.purpose, parameters=given), used
    return schema, caller.agreements


def _command(descriptor: flight.FlightDescriptor) -> Message:
    return messages.packed(descriptor.command or b"")


def _bytes(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else b""


def _demand_free(host: str, port: int) -> None:
    """Raise if another listens already: gRPC would share the port with it, and each would get half of the calls."""
    try:
        family, kind, number, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, number) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InvalidInput(
                "port-in-use",
                f"Something else listens on port {port} already.",
                hint="Stop it, or give another port with --flight-port; 0 leaves Flight SQL out.",
            ) from error
        raise InvalidInput(
            "address-unusable",
            f"This machine cannot listen on {host!r}.",
            hint="Use 127.0.0.1 for this machine alone, 0.0.0.0 for everyone; ports below 1024 need rights.",
        ) from error
