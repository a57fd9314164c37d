"""A real node with real products behind a really running server, for every test of the doors."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from golconda.doors.serving import Server
from golconda.node.open import init_node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from golconda.node.node import Node
    from golconda.node.session import Session

PURPOSE = "epidemic-statistics"
MASKED = f"""
purposes: [{PURPOSE}]
columns: [region, age, phone, cost, visit_date, seen]
where: "region <> 'R3' AND consent"
masks: {{phone: partial, visit_date: {{generalise: month}}}}
"""
AGGREGATE = f"purposes: [{PURPOSE}]\ncolumns: [region, cost]\naggregate: {{min_group: 10}}\n"
OPEN = f"purposes: [{PURPOSE}]\n"
VISITS = 2000
WIDE_ROWS = 1_500_000


@dataclass(frozen=True)
class Served:
    """A node and the address that serves it; `reader` is a token of acme/li; `stop` returns once it serves no more;
    `flight` is where Flight SQL is served."""

    node: Node
    address: str
    reader: str
    stop: Callable[[], None]
    flight: str = ""

    @property
    def owner(self) -> Session:
        """Return the steward's session."""
        return self.node.owner_session("cli")

    def agree(self, product: str, terms: str = OPEN) -> str:
        """Offer a product on terms, have acme take it, and return the agreement."""
        offer = self.owner.offer(product, terms, automatic=True)["id"]
        acme = self.node.authenticate(self.reader, "http")
        asked = acme.request(product, purpose=PURPOSE, offer=offer)
        if asked["state"] == "requested":  # who has an agreement already is looked at by a person
            asked = self.owner.approve(asked["id"])
        return str(asked["agreement"])


def start(folder: Path) -> Iterator[Served]:
    """Make the node, serve it on a free port, and stop it at the end."""
    with init_node(folder / "city", organisation="city", titles={"en": "City data office"}) as node:
        _publish(node, folder)
        owner = node.owner_session("cli")
        owner.add_organisation("acme", titles={"en": "Acme Analytics"})
        token = owner.new_token("acme/li")["token"]
        ready = threading.Event()
        server = Server(node, "127.0.0.1", 0, ready=lambda _: ready.set(), flight_port=0)
        thread = threading.Thread(target=server.run, name="server")
        thread.start()
        assert ready.wait(20)

        def stop() -> None:
            server.stop()
            thread.join()

        yield Served(node, server.address, token, stop, server.flight_address or "")
        stop()


def _publish(node: Node, folder: Path) -> None:
    owner = node.owner_session("cli")
    for name, table in (("care", visits()), ("survey", visits()), ("wide", wide())):
        parquet.write_table(table, folder / f"{name}.parquet")
        owner.publish([str(folder / f"{name}.parquet")], name=name, titles={"en": name.title()})


def visits() -> pa.Table:
    """Return visits: every fourth region is hidden from readers, every fifth person does not consent."""
    numbers = range(VISITS)
    return pa.table(
        {
            "region": [f"R{number % 4}" for number in numbers],
            "age": pa.array([None if number % 97 == 0 else 20 + number % 50 for number in numbers], pa.int64()),
            "phone": [f"+86138{number:08d}" for number in numbers],
            "cost": pa.array([Decimal(number) / 4 for number in numbers], pa.decimal128(12, 2)),
            "visit_date": [date(2013, 1, 1) + timedelta(days=number % 365) for number in numbers],
            "seen": pa.array([number * 1_000_000 for number in numbers], pa.timestamp("us", "UTC")),
            "consent": [number % 5 != 0 for number in numbers],
        }
    )


def wide() -> pa.Table:
    """Return more bytes than any buffer on the way holds."""
    numbers = pa.array(range(WIDE_ROWS), pa.int64())
    columns: dict[str, Any] = {f"c{index}": numbers for index in range(8)}
    return pa.table(columns)
