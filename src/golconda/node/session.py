"""The use cases as one principal may call them. Each method is one call into the file that holds the use case;
answers are plain JSON documents, the same through every door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import AccessRefused
from golconda.node import agreeing, discovering, paging, people, proving, publishing, querying, refreshing
from golconda.node import derive as deriving
from golconda.node import lineage as tracing
from golconda.node import services as serving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from golconda.kernel.given import Values
    from golconda.metastore.identity import Principal
    from golconda.node.answer import Answer
    from golconda.node.node import Node
    from golconda.node.readable import ReadableTable

Document = dict[str, Any]  # plain JSON


@dataclass(frozen=True, slots=True)
class Session:
    """A principal at a node, through one door. `principal` None = a stranger, who sees the catalogue alone."""

    node: Node
    principal: Principal | None
    door: str
    scopes: tuple[str, ...] = ("*",)

    def known(self) -> Principal:
        """Return who asks, or refuse strangers."""
        if self.principal is None:
            raise AccessRefused(
                "not-signed-in", "This takes a token.", hint="Sign in, or send Authorization: Bearer TOKEN."
            )
        return self.principal

    def demand(self, action: str, organisation: str, **context: object) -> Principal:
        """Return who asks if the policies allow the action, or refuse."""
        principal = self.known()
        self.node.policies.demand(principal, action, organisation, **context)
        return principal

    # ── discover ──────────────────────────────────────────────────────────────────────────────────────────────

    def products(self) -> Document:
        """List the products this reader may know of."""
        return discovering.products(self)

    def search(
        self,
        text: str,
        *,
        domain: str | None = None,
        grade: str | None = None,
        organisation: str | None = None,
    ) -> Document:
        """Find products by words, best first."""
        return discovering.search(self, text, domain=domain, grade=grade, organisation=organisation)

    def product(self, name: str) -> Document:
        """Return one product whole; ``care@1`` names a version."""
        return discovering.product(self, name)

    def contract(self, name: str) -> str:
        """Return a product's contract as YAML."""
        return discovering.contract(self, name)

    def lineage(self, name: str) -> Document:
        """Return where the values of a column, or of each column of a table or product, come from and go to."""
        return tracing.lineage(self, name)

    def purposes(self) -> list[Document]:
        """List the purposes that requests may state."""
        return self.node.purposes.documents()

    def organisations(self) -> Document:
        """List the organisations."""
        return people.organisations(self)

    # ── publish and offer ─────────────────────────────────────────────────────────────────────────────────────

    def publish(self, sources: str | Sequence[str], **about: Any) -> Document:  # as publishing.publish takes them
        """Publish sources as a product's next version."""
        return publishing.publish(self, sources, **about)

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
        """Make a product of what a query reads under one's agreements; it carries the strictest of their clauses."""
        titles = {"en": title} if isinstance(title, str) else dict(title or {})
        return deriving.derive(
            self, name, sql, agreements=agreements, purpose=purpose, titles=titles, description=description
        )

    def refresh(self, name: str) -> Document:
        """Make a derived product anew of its sources as they are now."""
        return refreshing.refresh(self, name)

    def offer(
        self,
        product: str,
        terms: str,
        *,
        title: str | Mapping[str, str] | None = None,
        automatic: bool = False,
    ) -> Document:
        """Offer a product on terms (YAML)."""
        return agreeing.offer(self, product, terms, title=title, automatic=automatic)

    def withdraw(self, offer: str) -> Document:
        """Withdraw an offer; agreements made on it stay."""
        return agreeing.withdraw(self, offer)

    # ── agree ─────────────────────────────────────────────────────────────────────────────────────────────────

    def request(self, product: str, *, purpose: str, offer: str | None = None, amends: str | None = None) -> Document:
        """Ask for a product; an automatic offer answers with an agreement at once.

        `amends`: an agreement in force that the new one is to supersede; its meters go on.
        """
        return agreeing.request(self, product, purpose=purpose, offer=offer, amends=amends)

    def requests(self) -> Document:
        """List the requests made and received."""
        return agreeing.requests(self)

    def request_document(self, request: str) -> Document:
        """Return one request with its proposals."""
        return agreeing.request_document(self, request)

    def approve(self, request: str, *, terms: str | None = None) -> Document:
        """Accept the proposal on the table, or counter it with other terms (YAML)."""
        return agreeing.approve(self, request, terms=terms)

    def reject(self, request: str, *, why: str) -> Document:
        """End a request without an agreement."""
        return agreeing.reject(self, request, why=why)

    def agreements(self) -> Document:
        """List the agreements given and held."""
        return agreeing.agreements(self)

    def agreement(self, agreement: str) -> Document:
        """Return one agreement with clauses, signatures and meters."""
        return agreeing.agreement(self, agreement)

    def revoke(self, agreement: str, *, why: str) -> Document:
        """End an agreement now."""
        return agreeing.revoke(self, agreement, why=why)

    def suspend(self, agreement: str, *, why: str) -> Document:
        """Stop an agreement until it is resumed."""
        return agreeing.suspend(self, agreement, why=why)

    def resume(self, agreement: str) -> Document:
        """Put a suspended agreement back in force."""
        return agreeing.resume(self, agreement)

    def terminate(self, agreement: str, *, why: str) -> Document:
        """End an agreement as the one who holds it."""
        return agreeing.terminate(self, agreement, why=why)

    # ── use ───────────────────────────────────────────────────────────────────────────────────────────────────

    def query(
        self,
        sql: str,
        *,
        agreements: Sequence[str] = (),
        purpose: str | None = None,
        parameters: Values = (),
        timeout_seconds: float | None = None,
        engine: str | None = None,
        made: Callable[[Answer], object] = lambda _: None,
    ) -> Answer:
        """Ask under agreements; the answer is governed, metered and logged.

        `parameters`: values for each ``?``, or by name for each ``:name``. `timeout_seconds`: how long it may run,
        and never longer than the node lets any query. `engine`: "duckdb" or "spark", else what the node chooses.
        `made`: is told the answer before anything is computed, so that another thread can stop it.
        """
        return querying.query(
            self,
            sql,
            agreements=agreements,
            purpose=purpose,
            parameters=parameters,
            timeout_seconds=timeout_seconds,
            engine=engine,
            made=made,
        )

    def paged(self, sql: str, page_size: int, *, at: str, **asked: Any) -> bytes:  # as `query` takes them
        """Ask as `query` does; return the first page as JSON, whose ``next`` is the second's address, below `at`."""
        return querying.paged(self, sql, page_size, at=at, **asked)

    def page(self, address: str) -> bytes:
        """Return a page that another one named as the next."""
        return paging.page(self, address)

    def parameter_names(self, sql: str) -> tuple[str, ...]:
        """Return the names of a query's parameters, ``1``, ``2`` … for each ``?``."""
        return querying.parameter_names(self, sql)

    def schema(
        self,
        sql: str,
        *,
        agreements: Sequence[str] = (),
        purpose: str | None = None,
        parameters: Values = (),
    ) -> pa.Schema:
        """Return the columns that DuckDB's answer to a query would have; nothing is read, and nothing charged."""
        return querying.schema(self, sql, agreements=agreements, purpose=purpose, parameters=parameters)

    def tables(self, *, agreements: Sequence[str] = ()) -> tuple[ReadableTable, ...]:
        """List the tables that may be queried, under some agreements or under any."""
        return querying.tables(self, agreements=agreements)

    def explain(self, sql: str, *, agreements: Sequence[str] = (), purpose: str | None = None) -> Document:
        """Say how a query would be answered."""
        return querying.explain(self, sql, agreements=agreements, purpose=purpose)

    def services(self) -> Document:
        """List the services of products this reader may know of."""
        return serving.services(self)

    def show_service(self, name: str) -> Document:
        """Return one service: its query and the types of its parameters."""
        return serving.service(self, name)

    def add_service(
        self,
        name: str,
        sql: str,
        *,
        product: str,
        parameters: Mapping[str, str] | None = None,
        title: str | Mapping[str, str] | None = None,
    ) -> Document:
        """Publish a query with parameters (``:name``) under a name, on a product's page.

        `parameters`: types by name, for those that no column tells.
        """
        titles = {"en": title} if isinstance(title, str) else dict(title or {})
        return serving.add(self, name, sql, product=product, parameters=parameters or {}, titles=titles)

    def remove_service(self, name: str) -> Document:
        """Take a service away."""
        return serving.remove(self, name)

    def service(
        self,
        name: str,
        made: Callable[[Answer], object] = lambda _: None,
        /,
        *,
        agreements: Sequence[str] = (),
        purpose: str | None = None,
        **values: Any,  # of the types that its parameters have, or texts that say such
    ) -> Answer:
        """Call a service with a value for each parameter; it is a query of one's own, governed, metered and logged.

        `made`: as `query` takes it.
        """
        return serving.call(self, name, values, agreements=agreements, purpose=purpose, made=made)

    def paged_service(
        self,
        name: str,
        page_size: int,
        made: Callable[[Answer], object] = lambda _: None,
        /,
        *,
        at: str,
        agreements: Sequence[str] = (),
        purpose: str | None = None,
        **values: Any,  # as `service` takes them
    ) -> bytes:
        """Call a service as `service` does; return the first page as `paged` does."""
        about: dict[str, Any] = {"agreements": agreements, "purpose": purpose, "made": made}
        return serving.paged(self, name, page_size, values, at=at, **about)

    def profile(self, agreement: str, *, endpoint: str | None = None) -> Document:
        """Return a new Delta Sharing profile, its token included."""
        return people.profile(self, agreement, endpoint=endpoint)

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────

    def add_organisation(self, name: str, *, titles: Mapping[str, str]) -> Document:
        """Add an organisation."""
        return people.add_organisation(self, name, titles=titles)

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
        """Make a token for a principal, who is added if not there yet."""
        wanted = (*roles, role) if role else tuple(roles)
        return people.new_token(self, principal, roles=wanted, days=days, kind=kind, region=region)

    def tokens(self) -> Document:
        """List the tokens of the organisation, or of all where the policies allow it."""
        return people.tokens(self)

    def revoke_token(self, prefix: str) -> Document:
        """Make a token useless."""
        return people.revoke_token(self, prefix)

    # ── prove ─────────────────────────────────────────────────────────────────────────────────────────────────

    def log(self, *, after: int | None = None, limit: int = 100, kind: str | None = None) -> Document:
        """Return entries of the log: the latest, or those after a position."""
        return proving.log(self, after=after, limit=limit, kind=kind)

    def verify_log(self) -> Document:
        """Recompute the whole log and say whether it holds."""
        return proving.verify(self)

    def export_log(self, directory: Path) -> Document:
        """Write the log with a verifier that needs Python alone."""
        return proving.export(self, directory)
