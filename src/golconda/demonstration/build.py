"""Build the demonstration node: organisations, products, offers, deals.

It is built aside and renamed when it is whole, so a run killed anywhere leaves a whole node or none;
what a killed run left behind is removed by the next one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shlex
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from golconda.demonstration import fetch
from golconda.demonstration.catalogue import ORGANISATIONS, PRODUCTS
from golconda.demonstration.deals import DEALS, QUESTIONS, TO_TRY
from golconda.demonstration.promise import contract_text
from golconda.demonstration.shape import Ending
from golconda.kernel.errors import InvalidInput, TryAgain
from golconda.kernel.names import ProductName, TableName
from golconda.node.open import init_node, open_node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from golconda.demonstration.shape import Deal, Product
    from golconda.node.node import Node
    from golconda.node.session import Session

    Progress = Callable[[str, int, int], None]

MARK = "demonstration.json"
DOOR = "demo"
_TOKEN_DAYS = 365


def demonstrate(directory: Path, *, cache: Path | None = None, progress: Progress = lambda *_: None) -> dict[str, Any]:
    """Build the node in `directory` or reuse the demonstration that is there; return what it holds as JSON.

    Raises ``demo-no-network``, ``demo-busy`` and, where something else is in the way, ``demo-occupied``.
    """
    directory = directory.absolute()
    cache = cache or fetch.cache_folder(os.environ)
    if (directory / MARK).is_file():
        progress("reusing the demonstration that is there", 1, 1)
    else:
        _refuse_occupied(directory)
        with _alone(directory, cache):
            _build_aside(directory, cache, progress)
    return described(directory)


def described(directory: Path) -> dict[str, Any]:
    """Return what a demonstration's folder holds, and the size of its log now."""
    written: dict[str, Any] = json.loads((directory / MARK).read_text("utf-8"))
    with open_node(directory) as node:
        size = node.owner_session(DOOR).log(limit=1)["size"]
    for agreement in written["agreements"]:
        agreement["token_file"] = str(directory / agreement["token_file"])
    for organisation in written["organisations"]:
        organisation["tokens"] = {role: str(directory / file) for role, file in organisation["tokens"].items()}
    return {"node": str(directory), **written, "log_size": size, "try": _to_try(directory, written)}


def _to_try(directory: Path, written: dict[str, Any]) -> list[dict[str, str]]:
    """Return three things to try, each with a command or an address."""
    question = written["questions"][0]
    waiting = next(request for request in written["requests"] if request["state"] == "requested")
    node, golconda = shlex.quote(_near(directory)), shlex.quote(_program())
    sql = shlex.quote(" ".join(TO_TRY.split()))
    return [
        {
            "title": question["title"]["en"],
            "command": f"{golconda} query --node {node} --as {question['asker']} {sql}",
        },
        {
            "title": f"Answer the request of {waiting['assignee']} for {waiting['product']}",
            "command": f"{golconda} approve --node {node} {waiting['request']}",
        },
        {
            "title": "Read the portal as somebody else: sign in with the token in this file",
            "command": f"cat {node}/{_token_file(question['asker'])}",
        },
    ]


def _refuse_occupied(directory: Path) -> None:
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InvalidInput(
            "demo-occupied",
            f"{directory} is there and holds no demonstration.",
            hint="Name a folder that is new or empty, as in `golconda demo DIR`.",
        )


@contextmanager
def _alone(directory: Path, cache: Path) -> Iterator[None]:
    """Hold off a second build of the same folder; the lock ends with the process, however it ends."""
    cache.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    with (cache / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise TryAgain(
                "demo-busy",
                f"Another process is building the demonstration in {directory}.",
                hint="Wait until it ends, or name another folder.",
            ) from None
        yield


def _build_aside(directory: Path, cache: Path, progress: Progress) -> None:
    draft = directory.with_name(f".{directory.name}.building")
    shutil.rmtree(draft, ignore_errors=True)
    members = fetch.members(cache, progress=progress)
    home = ORGANISATIONS[0]
    try:
        with init_node(draft, organisation=home.name, titles=home.title.document) as node:
            _fill(node, members, progress)
        draft.replace(directory)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _fill(node: Node, members: Mapping[str, Path], progress: Progress) -> None:
    organisations = _admit(node)
    with tempfile.TemporaryDirectory(prefix="golconda-demo-") as folder:
        offers = dict(_publish_all(node, members, Path(folder), progress))
    outcomes = []
    for number, deal in enumerate(DEALS, start=1):
        progress("negotiating", number, len(DEALS))
        outcomes.append(_settle(node, deal, offers[deal.product]))
    document = {
        "organisations": organisations,
        **_inventory(node),
        "agreements": [outcome for outcome in outcomes if "id" in outcome],
        "requests": [outcome for outcome in outcomes if "id" not in outcome],
        "questions": _questions(outcomes),
    }
    (node.directory / MARK).write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")


def _program() -> str:
    """Return what to type for this program: its name where the shell finds it, else its place."""
    beside = Path(sys.executable).with_name("golconda")
    known = shutil.which("golconda")
    return _near(beside) if beside.exists() and known != str(beside) else "golconda"


def _near(path: Path) -> str:
    """Return a path as one would type it here: relative where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


# ── people ──────────────────────────────────────────────────────────────────────────────────────────────────


def _admit(node: Node) -> list[dict[str, Any]]:
    session = node.owner_session(DOOR)
    for organisation in ORGANISATIONS[1:]:
        session.add_organisation(organisation.name, titles=organisation.title.document)
    (node.directory / "tokens").mkdir(mode=0o700)
    with (node.directory / ".gitignore").open("a", encoding="utf-8") as ignored:
        ignored.write("tokens/\n")
    return [
        {
            "name": organisation.name,
            "title": organisation.title.document,
            "tokens": {role: _token(session, f"{organisation.name}/{role}", role) for role in ("steward", "reader")},
        }
        for organisation in ORGANISATIONS
    ]


def _token(session: Session, principal: str, role: str) -> str:
    """Make a token, write it to a file of its owner alone, and return the file's place in the node."""
    token = session.new_token(principal, role=role, days=_TOKEN_DAYS)["token"]
    place = _token_file(principal)
    descriptor = os.open(session.node.directory / place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{token}\n")
    return place


def _token_file(principal: str) -> str:
    return f"tokens/{principal.replace('/', '-')}.token"


# ── products ────────────────────────────────────────────────────────────────────────────────────────────────


def _publish_all(
    node: Node, members: Mapping[str, Path], folder: Path, progress: Progress
) -> Iterator[tuple[str, str]]:
    """Publish the products; yield each one's name and its first offer's id."""
    for number, product in enumerate(PRODUCTS, start=1):
        progress(f"publishing {product.name}", number, len(PRODUCTS))
        _publish(node, product, members, folder)
        yield product.name, _offer(node, product)[0]


def _publish(node: Node, product: Product, members: Mapping[str, Path], folder: Path) -> None:
    contents = {table.name: table.clean(members) for table in product.tables}
    node.local_session(f"{product.organisation}/steward", DOOR).publish(
        [str(file) for file in _files(contents, folder / product.name)],
        name=product.name,
        titles=product.title.document,
        description=product.description.document,
        domain=product.domain,
        grade=product.grade,
        synthetic=product.synthetic,
        contract=contract_text(product, contents),
    )


def _offer(node: Node, product: Product) -> list[str]:
    steward = node.local_session(f"{product.organisation}/steward", DOOR)
    made = (
        steward.offer(product.name, offer.terms, title=offer.title.document, automatic=offer.automatic)
        for offer in product.offers
    )
    return [offer["id"] for offer in made]


def _files(contents: Mapping[str, pa.Table], folder: Path) -> Iterator[Path]:
    from pyarrow import parquet

    folder.mkdir(parents=True)
    for name, content in contents.items():
        file = folder / f"{name}.parquet"
        parquet.write_table(content, file, compression="zstd")
        yield file


def _inventory(node: Node) -> dict[str, Any]:
    session = node.public_session(DOOR)
    found = [session.product(product.name) for product in PRODUCTS]
    return {
        "products": [
            {key: product[key] for key in ("name", "title", "domain", "grade", "synthetic", "version")}
            for product in found
        ],
        "tables": [
            {
                "name": str(TableName(ProductName.parse(product["name"]), table["name"])),
                "rows": table["rows"],
                "columns": len(table["columns"]),
            }
            for product in found
            for table in product["tables"]
        ],
    }


# ── deals ───────────────────────────────────────────────────────────────────────────────────────────────────


def _settle(node: Node, deal: Deal, offer: str) -> dict[str, Any]:
    """Take a deal as far as it goes; return the agreement, or the request where there is none."""
    owner = node.local_session(f"{deal.product.partition('/')[0]}/steward", DOOR)
    reader = node.local_session(f"{deal.assignee}/reader", DOOR)
    request = reader.request(deal.product, purpose=deal.purpose, offer=offer)
    if not request.get("agreement"):
        request = _answer(deal, request["id"], owner, reader)
    outcome = {"product": deal.product, "assignee": deal.assignee, "purpose": deal.purpose}
    if not request.get("agreement"):
        return {"request": request["id"], **outcome, "state": request["state"]}
    state = _finish(deal, request["agreement"], owner)
    return {
        "id": request["agreement"],
        **outcome,
        "state": state,
        "token_file": _token_file(f"{deal.assignee}/reader"),
    }


def _answer(deal: Deal, request: str, owner: Session, reader: Session) -> dict[str, Any]:
    if deal.ending is Ending.REQUESTED:
        return reader.request_document(request)
    if deal.ending is Ending.REJECTED:
        return owner.reject(request, why=deal.why)
    if deal.counter is None:
        return owner.approve(request)
    countered = owner.approve(request, terms=deal.counter)
    return countered if deal.ending is Ending.COUNTERED else reader.approve(request)


def _finish(deal: Deal, agreement: str, owner: Session) -> str:
    if deal.ending is Ending.REVOKED:
        owner.revoke(agreement, why=deal.why)
    elif deal.ending is Ending.SUSPENDED:
        owner.suspend(agreement, why=deal.why)
    return deal.ending.value


def _questions(outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each question with the agreements it is asked under."""
    return [
        {
            "title": question.title.document,
            "asker": f"{question.asker}/reader",
            "purpose": question.purpose,
            "sql": question.sql.strip(),
            "agreements": [
                outcome["id"]
                for outcome in outcomes
                if outcome["state"] == "active"
                and (outcome["assignee"], outcome["purpose"]) == (question.asker, question.purpose)
                and f"{outcome['product'].replace('/', '.')}." in question.sql
            ],
            "answer": [list(row) for row in question.answer],
        }
        for question in QUESTIONS
    ]
