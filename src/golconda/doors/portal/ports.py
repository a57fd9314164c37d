"""What the portal asks of the node: a reader's session and the two ways to get one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from golconda.kernel.clock import Clock

Document = Mapping[str, Any]  # plain JSON, as the command line and HTTP give it


class Person(Protocol):
    """Who is signed in."""

    @property
    def name(self) -> object:
        """Return ``organisation/person``, as text or as a name that prints so."""
        ...

    @property
    def organisation(self) -> str:
        """Return the organisation this person acts for."""
        ...

    @property
    def roles(self) -> Sequence[str]:
        """Return the roles, which only decide what the navigation shows."""
        ...


class Reader(Protocol):
    """The use cases one principal may call; each refuses by itself what is not allowed."""

    @property
    def principal(self) -> Person | None:
        """Return who asks; None for a stranger."""
        ...

    def products(self) -> Document:
        """Return every product this reader may know of."""
        ...

    def search(self, text: str, /) -> Document:
        """Return the products that match, best first, with ``score`` and ``matched``."""
        ...

    def product(self, name: str, /) -> Document:
        """Return one product; ``organisation/product@3`` names a version."""
        ...

    def lineage(self, name: str, /) -> Document:
        """Return for each column of a product what it is made of and what is made of it: ``columns``."""
        ...

    def contract(self, name: str, /) -> str:
        """Return the contract as YAML."""
        ...

    def purposes(self) -> Sequence[Document]:
        """Return the node's purposes: ``code``, ``title``, ``parent``."""
        ...

    def request(self, product: str, /, *, purpose: str, offer: str | None = None) -> Document:
        """Ask for a product under an offer; an automatic offer answers with an agreement at once."""
        ...

    def requests(self) -> Document | Sequence[Document]:
        """Return the requests of this reader's organisation, made or received."""
        ...

    def request_document(self, identity: str, /) -> Document:
        """Return one request with its chain of proposals."""
        ...

    def approve(self, identity: str, /, *, terms: str | None = None) -> Document:
        """Accept the proposal on the table, or answer it with other terms (YAML)."""
        ...

    def reject(self, identity: str, /, *, why: str) -> Document:
        """End a negotiation without an agreement."""
        ...

    def agreements(self) -> Document | Sequence[Document]:
        """Return the agreements of this reader's organisation, given or held."""
        ...

    def agreement(self, identity: str, /) -> Document:
        """Return one agreement with clauses, signatures and meters."""
        ...

    def revoke(self, identity: str, /, *, why: str) -> Document:
        """End an agreement now."""
        ...

    def suspend(self, identity: str, /, *, why: str) -> Document:
        """Stop an agreement until it is resumed."""
        ...

    def resume(self, identity: str, /) -> Document:
        """Put a suspended agreement back in force."""
        ...

    def profile(self, agreement: str, /, *, endpoint: str | None = None) -> Document:
        """Return a new Delta Sharing profile, its token included."""
        ...

    def log(self, *, after: int | None = None, limit: int = 100, kind: str | None = None) -> Document:
        """Return entries of the log in order, with its size, root and checkpoint."""
        ...

    def verify_log(self) -> Document:
        """Recompute the log's tree and say whether it holds."""
        ...


class Exchange(Protocol):
    """The node, as far as the portal knows it."""

    @property
    def clock(self) -> Clock:
        """Return the node's clock."""
        ...

    def authenticate(self, token: str, /, door: str) -> Reader:
        """Return the session of a token's holder, or refuse."""
        ...

    def public_session(self, door: str, /) -> Reader:
        """Return what strangers may see."""
        ...
