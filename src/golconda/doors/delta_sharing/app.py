"""The routes of Delta Sharing: shares are organisations, schemas products, tables protected views.

Names are found without regard to case. Hints are best effort and never security: what is served is the file
of the view. Errors are ``{"errorCode", "message"}``, as the protocol has them.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from golconda.doors.delta_sharing import actions, listing
from golconda.doors.delta_sharing.addresses import Addresses, Ticket
from golconda.doors.delta_sharing.asked import Asked
from golconda.doors.delta_sharing.files import described, served
from golconda.doors.wire import bearer, faults
from golconda.doors.wire.crew import Crew
from golconda.kernel.errors import GolcondaError, InvalidInput
from golconda.node.downloading import Downloads
from golconda.node.releasing import release
from golconda.node.sharing import SharedTable, Shares

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from golconda.node.node import Node
    from golconda.node.session import Session

DOOR = "delta_sharing"
URL_LIFE = timedelta(minutes=15)
CAPABILITIES = "responseformat=parquet"
_TABLE = "/shares/{share}/schemas/{schema}/tables/{table}"
_NDJSON = "application/x-ndjson; charset=utf-8"


def sharing(node: Node) -> Starlette:
    """Return the application over a node, to be mounted at ``/delta-sharing``."""
    door = _Door(node)
    return Starlette(
        routes=[
            Route("/shares", door.listed(listing.shares)),
            Route("/shares/{share}", door.listed(listing.share)),
            Route("/shares/{share}/schemas", door.listed(listing.schemas)),
            Route("/shares/{share}/schemas/{schema}/tables", door.listed(listing.tables)),
            Route("/shares/{share}/all-tables", door.listed(listing.all_tables)),
            Route(_TABLE, door.told(door.version)),
            Route(f"{_TABLE}/version", door.told(door.version)),
            Route(f"{_TABLE}/metadata", door.told(door.metadata)),
            Route(f"{_TABLE}/query", door.query, methods=["POST"]),
            Route(f"{_TABLE}/changes", door.told(door.changes)),
            Route("/files/{ticket}/{name}", door.file),
        ],
        exception_handlers={
            GolcondaError: _refused,
            HTTPException: _unrouted,
            Exception: _refused,
        },
    )


class _Door:
    def __init__(self, node: Node) -> None:
        self._node = node
        self._addresses = Addresses()
        self._downloads = Downloads(node, DOOR)
        self._crew = Crew(threads=8, queue=256)
        self._shares = Shares()

    def listed(self, lists: Callable[..., Any]) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint of a listing."""
        return self.told(lambda request, session: _json(lists(request, self._shared(session))))

    def told(self, tells: Callable[[Request, Session], Response]) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint whose answer is made in a thread."""

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(lambda: tells(request, self._session(request)))

        return endpoint

    def version(self, request: Request, session: Session) -> Response:
        """Tell the version of a table in a header."""
        return Response(headers=_headers(listing.one(request, self._shared(session))))

    def metadata(self, request: Request, session: Session) -> Response:
        """Tell the schema of the protected view."""
        table = listing.readable(request, self._shared(session))
        told = [actions.PROTOCOL, actions.metadata(table)]
        return _ndjson(told, table)

    def changes(self, request: Request, session: Session) -> Response:
        """Refuse: what changed between versions is not shared."""
        listing.readable(request, self._shared(session))
        raise InvalidInput(
            "changes-unshared",
            "The changes between versions are not shared.",
            hint="Query the table for its present version.",
        )

    async def query(self, request: Request) -> Response:
        """Make the files of the protected view and tell their addresses: one read, metered and logged."""
        body = await request.body()
        return await self._crew.run(partial(self._query, request, body))

    def _query(self, request: Request, body: bytes) -> Response:
        session = self._session(request)
        table = listing.readable(request, self._shared(session))
        asked = Asked.read(body)
        asked.demand_present(table.version)
        released = release(session, table, most_rows=asked.limit)
        expires = self._node.clock.now() + URL_LIFE
        token = bearer.required(request.headers)
        files = [
            actions.file(
                url=self._url(request, Ticket(token, table.agreement, released.reading, file.name, expires)),
                name=f"{released.reading}-{file.name}",
                size=file.size,
                rows=file.rows,
                version=table.version,
                expires_milliseconds=int(expires.timestamp() * 1000),
            )
            for file in released.files
        ]
        return _ndjson([actions.PROTOCOL, actions.metadata(table), *files], table)

    def _url(self, request: Request, ticket: Ticket) -> str:
        base = f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"
        return f"{base}/files/{self._addresses.made(ticket)}/{ticket.file}"

    async def file(self, request: Request) -> Any:  # a response, or a stream that is one by its call
        """Serve a file or a range of it; the address is the right to it, while token and agreement stand."""
        return await run_in_threadpool(self._file, request)

    def _file(self, request: Request) -> Any:  # the same
        ticket = self._addresses.ticket(request.path_params["ticket"], now=self._node.clock.now())
        file = self._downloads.open(
            token=ticket.token, agreement=ticket.agreement, reading=ticket.reading, name=ticket.file
        )
        if request.scope.get("state", {}).get("head"):
            return described(file)
        return served(file, request.headers, self._crew)

    def _shared(self, session: Session) -> tuple[SharedTable, ...]:
        return self._shares.tables(session)

    def _session(self, request: Request) -> Session:
        return self._node.authenticate(bearer.required(request.headers), DOOR)


def _json(document: Any) -> Response:  # JSON
    return Response(json.dumps(document, ensure_ascii=False), media_type="application/json; charset=utf-8")


def _ndjson(told: list[Any], table: SharedTable) -> Response:  # JSON
    return Response(actions.lines(told), media_type=_NDJSON, headers=_headers(table))


def _headers(table: SharedTable) -> dict[str, str]:
    return {"delta-table-version": str(table.version), "delta-sharing-capabilities": CAPABILITIES}


def _refused(_request: Request, failure: Exception) -> Response:
    error = faults.told(failure)
    document = {"errorCode": error.code, "message": f"{error.message} {error.hint}"}
    if "clause" in error.details:
        document["clause"] = error.details["clause"]
    response = _json(document)
    response.status_code = faults.status(error)
    response.headers.update(faults.headers(error))
    if response.status_code == 416:
        response.headers["content-range"] = f"bytes */{error.details['size']}"
    return response


def _unrouted(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, HTTPException)  # noqa: S101  # Starlette's handlers are typed loosely
    error = faults.unrouted(refused.status_code, method=request.method, path=request.url.path)
    response = _refused(request, error)
    response.headers.update(refused.headers or {})
    return response
