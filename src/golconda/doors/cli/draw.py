"""Draws documents for people at a terminal."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from golconda.doors.cli.table import tabulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TextIO

Document = Any  # plain JSON
_SHOWN_ROWS = 100


def _print(text: str, *, error: bool = False) -> None:
    click.echo(text, err=error)


def _time(stamp: str | None) -> str | None:
    """Return a time to the minute, in UTC."""
    return None if stamp is None else f"{stamp[:10]} {stamp[11:16]}"


def _day(stamp: str | None) -> str | None:
    return None if stamp is None else stamp[:10]


def both(texts: Mapping[str, str]) -> str:
    """Return a title in the languages it has, English first.

    >>> both({"zh": "航班", "en": "Flights"})
    'Flights · 航班'
    """
    ordered = sorted(texts.items(), key=lambda item: item[0] != "en")
    return " · ".join(dict.fromkeys(text for _, text in ordered if text))


def said(texts: Mapping[str, str]) -> str:
    """Return a sentence in the language of the terminal, as GOLCONDA_LANG or LANG say, else in English."""
    tongue = (os.environ.get("GOLCONDA_LANG") or os.environ.get("LANG") or "en")[:2]
    return texts.get(tongue) or texts.get("en") or next(iter(texts.values()), "")


@contextmanager
def progress(stream: TextIO) -> Iterator[Callable[..., None]]:
    """Give a function to tell progress to: a stage, and how much of it is done. Silent unless a person watches."""
    if not stream.isatty():
        yield lambda *_: None
        return
    from rich.console import Console

    with Console(file=stream).status("") as status:

        def tell(stage: str, done: int = 0, total: int = 0) -> None:
            status.update(f"{stage} {done}/{total}" if total else stage)

        yield tell


def published(made: Document) -> None:
    """Draw a version that was published."""
    _print(f"Published {made['product']}@{made['version']}: {made['rows']:,} rows.")
    tabulate(
        ("table", "rows", "set aside", "columns"),
        ((t["name"], t["rows"], t["rejected"], len(t["columns"])) for t in made["tables"]),
        right=frozenset({1, 2, 3}),
    )
    if made["rejected"]:
        _print(f"{made['rejected']:,} rows were set aside; golconda show {made['product']} says why.")
    product = made["product"]
    _print(f"Next: golconda show {product} ; golconda offer {product} TERMS.yaml")


def products(found: Document) -> None:
    """Draw a list of products."""
    if not found["products"]:
        _print("No products.")
        return
    tabulate(
        ("product", "title", "grade", "rows", "state"),
        (
            (
                f"{p['name']}@{p['version']}",
                said(p["title"]),
                p["grade"],
                sum(table["rows"] for table in p["tables"]),
                ", ".join((p["state_for_reader"]["state"], *_standing(p))),
            )
            for p in found["products"]
        ),
        right=frozenset({3}),
        whole=frozenset({0, 2, 3, 4}),
    )


def _standing(product: Document) -> Iterator[str]:
    """Yield what keeps a derived product from being read, or from being made anew."""
    derived = product.get("derived") or {}
    if derived.get("suspended"):
        yield "suspended"
    elif derived.get("failure"):
        yield "not refreshed"


def product(found: Document) -> None:
    """Draw one product."""
    _print(f"{found['name']}@{found['version']}  {both(found['title'])}")
    owner = said(found["organisation"]["title"])
    _print(f"by {owner} · {found['domain'] or 'no domain'} · {found['grade'] or 'not graded'}")
    if found["synthetic"]:
        _print("Synthetic data: made, not measured.")
    if said(found["description"]):
        _print(said(found["description"]))
    _derived(found)
    for table in found["tables"]:
        _print(f"\n{table['name']}  {said(table['title'])}  {table['rows']:,} rows")
        missing = _named(found["findings"], table["name"], "missing")
        distinct = _named(found["findings"], table["name"], "distinct")
        tabulate(
            ("column", "type", "missing", "distinct", "what it is"),
            (
                (c["name"], c["type"], missing.get(c["name"]), distinct.get(c["name"]), c["description"])
                for c in table["columns"]
            ),
            right=frozenset({2, 3}),
        )
    _rejections(found.get("rejections", ()), found.get("rejected", 0))
    tabulate(
        ("version", "major", "published", "by", "rows"),
        ((v["number"], v["major"], _time(v["published"]), v["by"], v["rows"]) for v in found["versions"]),
    )
    _services(found.get("services", ()))
    for offer in found["offers"]:
        _print(f"Offer {offer['id']} {said(offer['title'])}{' (approved by itself)' if offer['automatic'] else ''}")
        clauses(offer["clauses"])


def _derived(found: Document) -> None:
    """Say of a derived product what it is made of, and what keeps it from being read or made anew."""
    derived = found.get("derived")
    if not derived:
        return
    for source in derived.get("sources", ()):
        under = f"under {source['agreement']}" if source["agreement"] else "as its owner"
        _print(f"Made of {source['product']}@{source['number']} {under}.")
    if derived["suspended"]:
        ended = ", ".join(derived.get("ended", ()))
        _print(f"Suspended: an agreement that it is made under is not in force{f' ({ended})' if ended else ''}.")
    if why := derived.get("failure"):
        _print(f"Not refreshed since {_time(why['time'])}: {why['detail']}\n{why['hint']}\n[{why['code']}]")
        again = (
            f"It is tried again at {_time(why['again'])}" if why.get("again") else "It is tried again once something"
        )
        _print(f"{again}{'' if why.get('again') else ' moves'}; at once: golconda refresh {found['name']}")


def _services(found: Sequence[Document]) -> None:
    for service in found:
        _print(f"Service {service['name']} {said(service['title'])}".rstrip())
        values = " ".join(f"--{each['name']} …" for each in service["parameters"])
        _print(f"  golconda service call {service['name']} {values}".rstrip())


def _named(findings: Iterable[Document], table: str, name: str) -> dict[str, Any]:
    return {f["column"]: f["value"] for f in findings if f["table"] == table and f["name"] == name and f["column"]}


def _rejections(found: Sequence[Document], rejected: int) -> None:
    if found:
        _print(
            "\nRows set aside:"
            if rejected <= len(found)
            else f"\nThe first {len(found)} of {rejected:,} rows set aside:"
        )
        tabulate(("table", "row", "column", "why"), ((r["table"], r["row"], r["column"], r["reason"]) for r in found))


def clauses(found: Iterable[Document]) -> None:
    """Draw clauses with their class."""
    tabulate(("clause", "what it says", "class"), ((c["clause"], said(c["text"]), c["class"]) for c in found))


def problems(found: Document) -> None:
    """Draw what is wrong with a contract."""
    if not found["problems"]:
        _print(f"{found['file']} is a valid contract.")
    for each in found["problems"]:
        _print(f"{each['path'] or 'file'}: {each['message']}")


def offered(made: Document) -> None:
    """Draw an offer that was made."""
    _print(f"Offered {made['product']}: {made['id']}")
    clauses(made["clauses"])
    for table in made["tables"]:
        shown = f"withheld: {table['withheld']}" if "withheld" in table else ", ".join(table["columns"])
        _print(f"  {table['name']}: {shown}")


def request(found: Document) -> None:
    """Draw one request."""
    _print(f"{found['id']}: {found['assignee']} asks for {found['product']} for {found['purpose']}; {found['state']}.")
    if found.get("reason"):
        _print(f"Reason: {found['reason']}")
    if found.get("agreement"):
        _print(f"Agreement {found['agreement']} is in force; golconda show {found['agreement']}")
    elif found.get("turn"):
        _print(f"It is {found['turn']}'s turn: golconda approve {found['id']} [--terms FILE], or golconda reject.")


def requests(found: Document) -> None:
    """Draw a list of requests."""
    if not found["requests"]:
        _print("No requests.")
        return
    tabulate(
        ("request", "product", "asked by", "purpose", "state", "turn"),
        ((r["id"], r["product"], r["assignee"], r["purpose"], r["state"], r["turn"]) for r in found["requests"]),
        whole=frozenset({0}),
    )


def agreements(found: Document) -> None:
    """Draw a list of agreements."""
    if not found["agreements"]:
        _print("No agreements.")
        return
    tabulate(
        ("agreement", "product", "to", "purpose", "state", "until"),
        (
            (a["id"], a["product"], a["assignee"], a["purpose"], a["state"], _day(a["ends"]))
            for a in found["agreements"]
        ),
        whole=frozenset({0, 4, 5}),
    )


def agreement(found: Document) -> None:
    """Draw one agreement: clauses with class, signatures with custody, meters."""
    parties = f"{found['product']} of {found['owner']} to {found['assignee']}"
    _print(f"{found['id']}: {parties} for {found['purpose']}; {found['state']}.")
    if found.get("reason"):
        _print(f"Reason: {found['reason']}")
    _print(f"From {_time(found['starts'])} until {_time(found['ends']) or 'revoked'}, UTC")
    clauses(found["clauses"])
    tabulate(
        ("signed by", "person", "custody", "key", "valid", "time"),
        ((s["party"], s["by"], s["custody"], s["key"][:12], s["valid"], _time(s["time"])) for s in found["signatures"]),
        whole=frozenset({2, 3, 5}),
    )
    meters(found["meters"])


def meters(found: Iterable[Document]) -> None:
    """Draw meters as bars."""
    rows = [
        (
            f"{m['what']} a {m['per']}" if m["per"] != "total" else f"{m['what']} in all",
            _bar(m),
            m["used"],
            m["limit"],
            m["left"],
        )
        for m in found
    ]
    if rows:
        tabulate(("limit", "", "used", "of", "left"), rows, right=frozenset({2, 3, 4}))


def _bar(meter: Document, width: int = 20) -> str:
    filled = int(width * min(1.0, (meter["used"] + meter["reserved"]) / max(1, meter["limit"])) + 0.5)
    return "█" * filled + "░" * (width - filled)


def purposes(found: Document) -> None:
    """Draw the purposes, narrower ones indented under broader."""
    depth: dict[str, int] = {}
    for each in found:
        depth[each["code"]] = depth.get(each["parent"], -1) + 1 if each["parent"] else 0
        _print(f"{'  ' * depth[each['code']]}{each['code']}  {said(each['title'])}")


def organisations(found: Document) -> None:
    """Draw the organisations."""
    tabulate(("organisation", "title"), ((o["name"], both(o["title"])) for o in found["organisations"]))


def token(made: Document) -> None:
    """Draw a new token, this once."""
    roles = ", ".join(made["roles"])
    _print(f"Token of {made['principal']} ({roles}), good until {_time(made['expires'])}. It is shown this once:")
    _print(made["token"])


def tokens(found: Document) -> None:
    """Draw the tokens."""
    tabulate(
        ("prefix", "of", "scopes", "expires", "revoked"),
        ((t["prefix"], t["principal"], ", ".join(t["scopes"]), t["expires"], t["revoked"]) for t in found["tokens"]),
    )


def answer(found: Any) -> None:  # Answer here or of the client
    """Draw an answer's first rows, and say what was charged."""
    document = found.document()
    numeric = frozenset(
        index
        for index, column in enumerate(document["columns"])
        if column["type"].startswith(("BIGINT", "DOUBLE", "DECIMAL", "HUGEINT"))
    )
    rows = document["rows"]
    tabulate(
        (column["name"] for column in document["columns"]),
        (map(_plain, row) for row in rows[:_SHOWN_ROWS]),
        right=numeric,
    )
    if len(rows) > _SHOWN_ROWS:
        _print(f"The first {_SHOWN_ROWS} of {len(rows):,} rows; --format csv or -o FILE gives all.", error=True)
    receipt(document["receipt"])


def _plain(value: Any) -> str | None:  # any JSON value: figures stay as they are
    return None if value is None else str(value)


def receipt(found: Document) -> None:
    """Say on standard error what was charged."""
    charged = found["charged"]
    under = ", ".join(found["agreements"]) or "owner"
    _print(f"{charged['rows']:,} rows, {charged['bytes']:,} bytes under {under}; {found['reading']}", error=True)


def explanation(found: Document) -> None:
    """Draw how a query is answered."""
    for table in found["tables"]:
        under = f"agreement {table['agreement']}" if table["agreement"] else "as its owner"
        _print(f"{table['table']}@{table['version']} {under}")
        if table["filters"]:
            _print(f"  rows: {' AND '.join(table['filters'])}")
        for column, masks in table["masks"].items():
            _print(f"  {column}: {' + '.join(masks)}")
        if table["aggregate_only"]:
            _print(f"  aggregates only, of at least {table['min_group']} {table['unit'] or 'rows'}")
    for column in found["columns"]:
        _print(f"{column['name']} ← {', '.join(map(_origin, column['origins'])) or 'no column'}")
    _print(f"\n{found['query']}\n")
    meters(found["limits"])


def _origin(found: Document) -> str:
    return f"{found['product']}.{found['table']}.{found['column']} ({found['how']})"


def clause(value: Any) -> str:  # any JSON value
    """Return the value of a clause on one line, as a terms file has it."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {clause(each)}" for name, each in value.items())
    return ", ".join(map(clause, value)) if isinstance(value, list) else str(value)


def log(found: Document) -> None:
    """Draw entries of the log."""
    tabulate(
        ("#", "time, UTC", "what", "who", "about"),
        ((e["position"], _time(e["time"]), e["kind"], e["actor"], e["subject"]) for e in found["entries"]),
        right=frozenset({0}),
        whole=frozenset({0, 1, 2}),
    )
    _print(f"{found['size']:,} entries, root {found['root']}")


def verification(found: Document) -> None:
    """Say whether the log holds."""
    if found["ok"]:
        _print(f"The log holds: {found['size']:,} entries, root {found['root']}.")
        return
    for problem in found["problems"]:
        _print(f"{problem}", error=True)
    _print("The log does not hold.", error=True)


def demonstration(made: Document) -> None:
    """Say what was built and what to try."""
    _print(
        f"The demonstration is in {made['node']}: {len(made['products'])} products, {made['log_size']:,} log entries."
    )
    for number, thing in enumerate(made["try"], start=1):
        click.echo(f"\n{number}. {thing['title']}\n   {thing['command']}")
