"""The composition root: everything a node is, put together once. Use cases take a `Node` and call rooms in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from golconda.kernel.errors import AccessRefused
from golconda.kernel.shelf import Shelf
from golconda.metastore import identity
from golconda.metastore.leases import holder_here
from golconda.node.catalogue import Kept
from golconda.node.jobs import Jobs

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from golconda.agreement.keys import KeyStore
    from golconda.agreement.purposes import PurposeList
    from golconda.engine.governed import GovernedEngine
    from golconda.gate.authorise import Policies
    from golconda.gate.engines import Spark
    from golconda.gate.query import Gate
    from golconda.kernel.clock import Clock
    from golconda.lake.storage import Lake
    from golconda.metastore.database import Metastore
    from golconda.metastore.identity import Principal
    from golconda.node.config import Config
    from golconda.node.paging import Pages
    from golconda.node.session import Session


TRUSTED = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who held a token at a time."""

    principal: Principal
    scopes: tuple[str, ...]
    made: datetime


@dataclass(frozen=True)
class Node:
    """One running Golconda. `home` is the organisation whose node it is. Close it when done."""

    directory: Path
    config: Config
    clock: Clock
    metastore: Metastore
    lake: Lake
    keys: KeyStore
    policies: Policies
    purposes: PurposeList
    engine: GovernedEngine
    spark: Spark
    process: str = field(default_factory=holder_here)

    @property
    def home(self) -> str:
        """Return the organisation whose node this is."""
        return self.config.organisation

    @cached_property
    def gate(self) -> Gate:
        """Return the one way to rows."""
        from golconda.gate.query import Gate

        return Gate(
            metastore=self.metastore,
            engine=self.engine,
            policies=self.policies,
            clock=self.clock,
            process=self.process,
            pseudonym_key=self.keys.pseudonym,
            file_path=lambda path: str(self.lake.resolve(path)),
            purposes=self.purposes,
            spark=self.spark,
        )

    @cached_property
    def catalogue(self) -> Kept:
        """Return what the catalogue keeps of what never changes."""
        return Kept()

    @cached_property
    def pages(self) -> Pages:
        """Return the answers that are handed out in pages."""
        from golconda.node.paging import Pages

        return Pages(self.engine.spill_directory)

    @cached_property
    def jobs(self) -> Jobs:
        """Return what goes on in the background of a server."""
        return Jobs(self)

    def session(self, principal: Principal | None, door: str) -> Session:
        """Return the use cases as one principal may call them, through one door."""
        from golconda.node.session import Session

        return Session(self, principal, door)

    def public_session(self, door: str) -> Session:
        """Return what a stranger sees: the catalogue."""
        return self.session(None, door)

    def owner_session(self, door: str) -> Session:
        """Return the session of the owning organisation's steward, by the right of the file system."""
        return self.session(identity.Principal(f"{self.home}/steward", self.home, "person", ("steward",)), door)

    def local_session(self, name: str, door: str) -> Session:
        """Return the session of a principal that is known here, by the right of the file system."""
        with self.metastore.read() as connection:
            return self.session(identity.principal(connection, name), door)

    def authenticate(self, token: str, door: str) -> Session:
        """Return the session of whoever holds this token, or refuse."""
        from golconda.node.session import Session

        principal, scopes = self._holder(token)
        if "*" not in scopes and door != "delta_sharing":
            raise AccessRefused(
                "token-scope",
                "This token opens shares alone.",
                hint="Use it in a Delta Sharing profile, or make a token with `golconda token new`.",
            )
        return Session(self, principal, door, scopes=scopes)

    def _holder(self, token: str) -> tuple[Principal, tuple[str, ...]]:
        """Return whose token it is; an answer serves for half a second, so that a revoked token soon opens nothing."""
        key, now = sha256(token.encode()).digest(), self.clock.now()
        found = self._holders.kept(key, lambda: self._authenticated(token))
        if not found.made <= now < found.made + TRUSTED:
            self._holders.drop(key)
            found = self._holders.kept(key, lambda: self._authenticated(token))
        return found.principal, found.scopes

    def _authenticated(self, token: str) -> Holder:
        now = self.clock.now()
        with self.metastore.read() as connection:
            principal, scopes, _ = identity.authenticate(connection, token, now)
        return Holder(principal, tuple(scopes), now)

    def forget_holders(self) -> None:
        """Ask again whose every token is; other processes do so within half a second."""
        self._holders.clear()

    @cached_property
    def _holders(self) -> Shelf[bytes, Holder]:
        return Shelf(1024)

    def start(self) -> None:
        """Begin the background jobs of a server, with a worker at hand."""
        self.engine.keep_warm(1)
        self.jobs.start()

    def stop(self) -> None:
        """End the background jobs; what is under way ends first."""
        self.engine.keep_warm(0)
        self.jobs.stop()

    def close(self) -> None:
        """Give everything back."""
        self.stop()
        self.pages.close()
        self.gate.close()
        self.engine.close()
        self.spark.engine.close()
        self.metastore.close()

    def __enter__(self) -> Node:
        """Return the node; leaving the block closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the node."""
        self.close()
