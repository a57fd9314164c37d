"""A reader's client of a node: each method is one use case and returns the node's own document."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.client import MULTIPLE_CHOICES, OK
from typing import TYPE_CHECKING, Any, overload
from urllib.parse import quote, urlencode

from golconda.doors.client import tokens
from golconda.doors.client.answer import Answer
from golconda.doors.client.arriving import whole
from golconda.doors.client.link import Link
from golconda.doors.client.paged import PagedAnswer
from golconda.doors.client.problems import raised, told
from golconda.doors.client.values import as_json
from golconda.kernel.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from http.client import HTTPResponse

    from golconda.doors.client.values import Values

Document = dict[str, Any]  # plain JSON

_ARROW = "application/vnd.apache.arrow.stream"


def connect(url: str, token: str | None = None, *, timeout_seconds: float = 120) -> Client:
    """Return a connection to the node at `url`; nothing is sent yet.

    Without `token` it is taken from ``GOLCONDA_TOKEN``, then, if keyring is installed, from its entry for the
    service ``golconda`` and this url; without any, only the catalogue is open.
    """
    address = url.rstrip("/")
    return Client(address, tokens.found(address, token), timeout_seconds)


class Client:
    """A node over HTTP. Close it, or use it in a with block; threads may share it."""

    def __init__(self, address: str, token: str | None, timeout_seconds: float) -> None:
        self.address = address
        self._link = Link(address, token, timeout_seconds)

    # ── the catalogue ─────────────────────────────────────────────────────────────────────────────────────

    def products(self) -> Document:
        """Return every product you may know of."""
        return self._get("products")

    def search(
        self,
        text: str = "",
        *,
        domain: str | None = None,
        grade: str | None = None,
        organisation: str | None = None,
    ) -> Document:
        """Return the products that match, best first."""
        return self._get("search", q=text, domain=domain, grade=grade, organisation=organisation)

    def product(self, name: str) -> Document:
        """Return one product; ``organisation/product@3`` names a version."""
        return self._get(f"products/{_path(name)}")

    def contract(self, name: str) -> str:
        """Return a product's contract as YAML."""
        return self._sent("GET", f"products/{_path(name)}/contract").decode()

    def lineage(self, name: str) -> Document:
        """Return what a column, or each column of a table, a product or a service is made of, and what is of it."""
        return self._get(f"lineage/{_path(name)}")

    def purposes(self) -> list[Document]:
        """Return the purposes a request may state."""
        found: list[Document] = self._get("purposes")["purposes"]
        return found

    def derive(
        self,
        name: str,
        sql: str,
        *,
        agreements: Sequence[str] = (),
        purpose: str | None = None,
        title: str | Mapping[str, str] | None = None,
        description: str = "",
    ) -> Document:
        """Make a product of what a query reads under your agreements; it carries the strictest of their clauses."""
        asked = {"agreements": list(agreements), "purpose": purpose, "title": title, "description": description}
        return self._post("derivations", name=name, sql=sql, **asked)

    def refresh(self, name: str) -> Document:
        """Make a derived product anew of its sources as they are now."""
        return self._post("derivations/refresh", product=name)

    # ── the exchange ──────────────────────────────────────────────────────────────────────────────────────

    def offer(
        self,
        product: str,
        terms: str | Mapping[str, Any],  # the clauses of terms.md
        *,
        title: str | Mapping[str, str] | None = None,
        automatic: bool = False,
    ) -> Document:
        """Offer a product on terms: the text of a terms file, or its clauses."""
        return self._post("offers", product=product, terms=terms, title=title, automatic=automatic)

    def withdraw(self, offer: str) -> Document:
        """Take an offer back; agreements made under it stay."""
        return self._told("DELETE", f"offers/{_path(offer)}")

    def request(self, product: str, *, purpose: str, offer: str | None = None, amends: str | None = None) -> Document:
        """Ask for a product; an automatic offer answers with an agreement at once. `amends`: one to supersede."""
        return self._post("requests", product=product, purpose=purpose, offer=offer, amends=amends)

    def requests(self) -> Document:
        """Return the requests your organisation made or received."""
        return self._get("requests")

    def request_document(self, request: str) -> Document:
        """Return one request with its chain of proposals."""
        return self._get(f"requests/{_path(request)}")

    def approve(self, request: str, *, terms: str | Mapping[str, Any] | None = None) -> Document:  # clauses
        """Accept the proposal on the table, or answer it with other terms."""
        return self._post(f"requests/{_path(request)}/approve", terms=terms)

    def reject(self, request: str, *, why: str) -> Document:
        """End a negotiation without an agreement."""
        return self._post(f"requests/{_path(request)}/reject", why=why)

    def agreements(self) -> Document:
        """Return the agreements your organisation gives or holds."""
        return self._get("agreements")

    def agreement(self, agreement: str) -> Document:
        """Return one agreement with clauses, signatures and meters."""
        return self._get(f"agreements/{_path(agreement)}")

    def suspend(self, agreement: str, *, why: str) -> Document:
        """Stop an agreement until it is resumed."""
        return self._post(f"agreements/{_path(agreement)}/suspend", why=why)

    def resume(self, agreement: str) -> Document:
        """Put a suspended agreement back in force."""
        return self._post(f"agreements/{_path(agreement)}/resume")

    def revoke(self, agreement: str, *, why: str) -> Document:
        """End an agreement for good."""
        return self._post(f"agreements/{_path(agreement)}/revoke", why=why)

    def terminate(self, agreement: str, *, why: str) -> Document:
        """Give up an agreement that your organisation holds."""
        return self._post(f"agreements/{_path(agreement)}/terminate", why=why)

    def profile(self, agreement: str, *, endpoint: str | None = None) -> Document:
        """Return a new Delta Sharing profile, its token included; `endpoint` replaces the address it names."""
        made = self._post(f"agreements/{_path(agreement)}/profile")
        return made if endpoint is None else {**made, "endpoint": endpoint}

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────

    @overload
    def query(
        self,
        sql: str,
        *,
        agreements: Sequence[str] = ...,
        purpose: str | None = ...,
        parameters: Values = ...,
        timeout_seconds: float | None = ...,
        engine: str | None = ...,
        page_size: None = None,
    ) -> Answer: ...

    @overload
    def query(
        self,
        sql: str,
        *,
        agreements: Sequence[str] = ...,
        purpose: str | None = ...,
        parameters: Values = ...,
        timeout_seconds: float | None = ...,
        engine: str | None = ...,
        page_size: int,
    ) -> PagedAnswer: ...

    def query(
        self,
        sql: str,
        *,
        agreements: Sequence[str] = (),
        purpose: str | None = None,
        parameters: Values = (),
        timeout_seconds: float | None = None,
        engine: str | None = None,
        page_size: int | None = None,
    ) -> Answer | PagedAnswer:
        """Return the answer, arrived whole; raise what the node refused, or ``answer-broken``.

        `parameters`: values for each ``?``, or by name for each ``:name``. `timeout_seconds`: how long it may run, and
        never longer than the node lets any query. `engine`: "duckdb" or "spark", else what the node chooses.
        `page_size`: have the node hold the answer and give so many rows at a time, to be taken by ``.pages()``.
        """
        asked = {
            "sql": sql,
            "agreements": list(agreements),
            "purpose": purpose,
            "parameters": as_json(parameters) or None,
            "timeout_seconds": timeout_seconds,
            "engine": engine,
        }
        if page_size is not None:
            return PagedAnswer(self._post("query", page_size=page_size, **asked), self._get)
        return self._arrow("POST", "query", body=_body(**asked))

    def _arrow(self, method: str, path: str, **rest: Any) -> Answer:  # as `Link.asked` takes it
        with self._answered(method, path, accept=_ARROW, **rest) as response:
            table = whole(response)
        receipt = json.loads(response.headers.get("golconda-receipt", "{}"))
        receipt.setdefault("charged", {"queries": 1, "rows": table.num_rows, "bytes": table.nbytes})
        return Answer(table, receipt)

    def explain(self, sql: str, *, agreements: Sequence[str] = (), purpose: str | None = None) -> Document:
        """Return the clauses that act on each table, the protected query and what is left of each limit."""
        return self._post("explain", sql=sql, agreements=list(agreements), purpose=purpose)

    def services(self) -> Document:
        """Return the services of products you may know of, with the types of their parameters."""
        return self._get("services")

    def show_service(self, name: str) -> Document:
        """Return one service; raise ``service-unknown``."""
        for found in self.services()["services"]:
            if found["name"] == name:
                return dict(found)
        hint = "`golconda service list` lists those you may see."
        raise NotFound("service-unknown", f"There is no service {name}.", hint=hint, service=name)

    def add_service(
        self,
        name: str,
        sql: str,
        *,
        product: str,
        parameters: Mapping[str, str] | None = None,
        title: str | Mapping[str, str] | None = None,
    ) -> Document:
        """Publish a query with parameters (``:name``) under a name; `parameters`: types that no column tells."""
        return self._post("services", name=name, sql=sql, product=product, parameters=parameters, title=title)

    def remove_service(self, name: str) -> Document:
        """Take a service away."""
        return self._told("DELETE", f"services/{_path(name)}")

    @overload
    def service(
        self,
        name: str,
        /,
        *,
        agreements: Sequence[str] = ...,
        purpose: str | None = ...,
        page_size: None = None,
        **values: Any,
    ) -> Answer: ...

    @overload
    def service(
        self,
        name: str,
        /,
        *,
        agreements: Sequence[str] = ...,
        purpose: str | None = ...,
        page_size: int,
        **values: Any,
    ) -> PagedAnswer: ...

    def service(
        self,
        name: str,
        /,
        *,
        agreements: Sequence[str] = (),
        purpose: str | None = None,
        page_size: int | None = None,
        **values: Any,  # of the types that its parameters have, or texts that say such
    ) -> Answer | PagedAnswer:
        """Call a service with a value for each parameter, under your agreements; the answer arrives whole.

        `page_size`: as `query` takes it.
        """
        given = {name: _said(value) for name, value in values.items()}
        if purpose is not None:
            given["purpose"] = purpose
        if page_size is not None:
            given["page_size"] = str(page_size)
        asked = urlencode([*given.items(), *(("agreement", each) for each in agreements)])
        if page_size is not None:
            return PagedAnswer(self._get(f"services/{_path(name)}?{asked}"), self._get)
        return self._arrow("GET", f"services/{_path(name)}?{asked}")

    # ── administration ────────────────────────────────────────────────────────────────────────────────────

    def add_organisation(self, name: str, *, titles: Mapping[str, str]) -> Document:
        """Add an organisation that may hold agreements."""
        return self._post("organisations", name=name, title=dict(titles))

    def organisations(self) -> Document:
        """Return the organisations of the node."""
        return self._get("organisations")

    def new_token(
        self,
        principal: str,
        *,
        role: str | None = None,
        roles: Sequence[str] = (),
        days: int = 90,
        kind: str = "person",
        region: str | None = None,
    ) -> Document:
        """Make a token for a principal, added when new; it is shown once."""
        wanted = [*roles, role] if role else list(roles)
        return self._post("tokens", principal=principal, roles=wanted, days=days, kind=kind, region=region)

    def tokens(self) -> Document:
        """Return the tokens of your organisation, without their secrets."""
        return self._get("tokens")

    def revoke_token(self, prefix: str) -> Document:
        """Make a token useless."""
        return self._told("DELETE", f"tokens/{_path(prefix)}")

    def log(self, *, after: int | None = None, limit: int = 100, kind: str | None = None) -> Document:
        """Return entries of the log in order, with its size, root and checkpoint."""
        return self._get("log", after=after, limit=limit, kind=kind)

    def verify_log(self) -> Document:
        """Have the log's tree recomputed and compared."""
        return self._get("log/verify")

    # ── sending ───────────────────────────────────────────────────────────────────────────────────────────

    def _get(self, path: str, **parameters: str | int | None) -> Document:
        return self._told("GET", path, parameters=_given(parameters))

    def _post(self, path: str, **fields: Any) -> Document:  # JSON values
        return self._told("POST", path, body=_body(**fields))

    def _told(self, method: str, path: str, **rest: Any) -> Document:  # as `Link.asked` takes it
        document: Document = told(self._sent(method, path, **rest), self.address)
        return document

    def _sent(self, method: str, path: str, **rest: Any) -> bytes:  # as `Link.asked` takes it
        with self._answered(method, path, **rest) as response:
            return response.read()

    @contextmanager
    def _answered(self, method: str, path: str, **rest: Any) -> Iterator[HTTPResponse]:  # as `Link.asked` takes it
        """Give a good response; raise what any other says."""
        with self._link.asked(method, path, **rest) as response:
            if not OK <= response.status < MULTIPLE_CHOICES:
                raise raised(response.read(), self.address)
            yield response

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def __enter__(self) -> Client:
        """Return the connection; leaving the block closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()


def _said(value: Any) -> str:
    """Return a value as an address has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _given(values: Mapping[str, Any]) -> Document:  # JSON values
    return {name: value for name, value in values.items() if value is not None}


def _body(**fields: Any) -> bytes:  # JSON values
    return json.dumps(_given(fields)).encode()


def _path(name: str) -> str:
    """Return a name as part of a path: its own slash stays, nothing else can leave its place."""
    return quote(name, safe="/@")
