"""Invariants 1 to 4, 6 and 10: the gate is the one way to rows, runs what it wrote itself, and refuses the unknown."""

from __future__ import annotations

import ast
import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sqlalchemy import update
from sqlglot import exp

from golconda.engine import functions
from golconda.gate.dialect import READER_SQL, text
from golconda.gate.query import Question
from golconda.kernel.canonical import digest_bytes
from golconda.kernel.errors import GolcondaError
from golconda.metastore import catalog, schema
from golconda.testing.nodes import TERMS, agreed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from golconda.node.node import Node
    from golconda.node.session import Session

SOURCE = Path(__file__).parents[2] / "src" / "golconda"
ALL = "SELECT * FROM care"


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the files of some rooms, by path, as trees; without the suites of `testing`."""
    for room in rooms or (".",):
        for file in sorted((SOURCE / room).rglob("*.py")):
            name = file.relative_to(SOURCE).as_posix()
            if not name.startswith("testing/"):
                yield name, ast.parse(file.read_text("utf-8"))


class _RunTime(ast.NodeTransformer):
    """Leaves out what only type checkers import."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if getattr(node.test, "id", "") == "TYPE_CHECKING" else self.generic_visit(node)


def imported(tree: ast.Module, *, at_run_time: bool = False) -> set[str]:
    """Return the modules that a file imports, wherever it does; perhaps without those for type checkers alone."""
    found: set[str] = set()
    for node in ast.walk(_RunTime().visit(copy.deepcopy(tree)) if at_run_time else tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


# ── 1 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

# Where files of data are opened: the gate's leaf and what runs it, the connectors, and the owner's work of publishing.
OPENERS = {
    "gate/leaf/scan.py": "the table of a protected view",
    "engine/workers/instances.py": "runs what the gate compiled",
    "engine/copies.py": "copies that the gate's plans run on",
    "engine/leak_test.py": "its own file of invented rows",
    "engine/functions.py": "the names of functions that are refused",
    "engine/workshop.py": "the owner's engine for publishing",
    "profiling/scan.py": "findings, made while publishing",
    "lake/staging.py": "staged files, while publishing",
    "lake/delta.py": "heads and logs of tables",
    "integration/connectors/parquet.py": "sources",
    "demonstration/tables.py": "sources",
}
READERS_IN_SQL = ("read_parquet", "parquet_scan", "read_csv")
READERS = {"ParquetFile", "ParquetDataset", "DeltaTable", "read_table", "read_metadata", "read_schema", "read_csv"}


def opens_data(tree: ast.Module) -> bool:
    """Say whether a file can open data: it names a reader of files or connects to an engine."""
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    named = any(name in text_ for name in READERS_IN_SQL for text_ in texts)
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    attributes = {getattr(call, "attr", getattr(call, "id", "")) for call in called}
    connects = "duckdb" in imported(tree, at_run_time=True) and "connect" in attributes
    return named or connects or bool(attributes & READERS)


def test_01_only_the_gate_and_the_owners_publishing_open_files_of_data() -> None:
    assert {name for name, tree in modules() if opens_data(tree)} == OPENERS.keys()
    assert opens_data(ast.parse("import duckdb\nduckdb.connect()"))
    assert opens_data(ast.parse("from pyarrow import parquet\nparquet.read_table(file)"))


def test_01_the_owners_engine_is_used_in_publishing_alone() -> None:
    users = {name for name, tree in modules() if "golconda.engine.workshop.Workshop" in imported(tree)}
    rooms = ("integration/", "profiling/", "governance/quality/", "lake/", "demonstration/")
    assert {name for name in users if not name.startswith(rooms)} <= {"node/examine.py", "node/publish.py"}


def test_01_doors_reach_rows_through_the_use_cases_alone() -> None:
    rooms = ("engine", "lake", "gate", "metastore", "profiling", "integration", "governance", "exchange")
    beyond = {
        (name, module)
        for name, tree in modules("doors")
        for module in imported(tree, at_run_time=True)
        if module.startswith(tuple(f"golconda.{room}" for room in rooms))
    }
    assert beyond == set()
    askers = {
        name
        for name, tree in modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "ask"
    }
    assert askers == {"node/querying.py", "node/releasing.py", "node/derive.py"}


MARKED = [("R9", 34), *[("R1", number) for number in range(30)]]


@pytest.fixture
def marked(owner: Session, tmp_path: Path) -> str:
    """Publish a product where what no reader may see is marked: a column, a row, and numbers that only it has."""
    source = tmp_path / "marked.csv"
    rows = [f"{region},CANARY-{number},{91827 + number}.5" for region, number in MARKED]
    source.write_text("region,secret,salary\n" + "\n".join(rows) + "\n", encoding="utf-8")
    owner.publish([str(source)], name="marked")
    owner.offer("marked", "columns: [region]\nwhere: \"region <> 'R9'\"", automatic=True)
    return "city/marked"


SEEN: tuple[Callable[[Session], Any], ...] = (
    lambda session: session.products(),
    lambda session: session.search("CANARY marked"),
    lambda session: session.product("city/marked"),
    lambda session: session.contract("city/marked"),
    lambda session: session.organisations(),
    lambda session: session.requests(),
    lambda session: session.agreements(),
    lambda session: session.tokens(),
    lambda session: session.log(limit=1000),
    lambda session: session.verify_log(),
    lambda session: session.explain("SELECT * FROM city.marked.marked"),
    lambda session: session.query("SELECT * FROM city.marked.marked").document(),
    lambda session: session.query("SELECT secret FROM city.marked.marked").document(),
    lambda session: session.query("SELECT CAST(region AS INTEGER) FROM city.marked.marked").document(),
)


@pytest.mark.parametrize("who", ["stranger", "reader", "agreed", "administrator", "regulator"])
def test_01_no_row_value_reaches_a_principal_except_through_the_gate(
    node: Node, owner: Session, li: Session, marked: str, who: str
) -> None:
    if who == "agreed":
        li.request(marked, purpose="linkage")
    sessions: dict[str, Callable[[], Session]] = {
        "stranger": lambda: node.public_session("test"),
        "reader": lambda: li,
        "agreed": lambda: li,
        "administrator": lambda: node.authenticate(owner.new_token("city/root", role="administrator")["token"], "test"),
        "regulator": lambda: node.authenticate(owner.new_token("city/watch", role="regulator")["token"], "test"),
    }
    session = sessions[who]()
    told = [outcome(lambda see=see: see(session)) for see in SEEN]  # type: ignore[misc]
    rows = [answer["rows"] for answer in told if isinstance(answer, dict) and "rows" in answer]
    assert rows == ([[["R1"]] * 30] if who == "agreed" else [])
    shown = json.dumps(told, default=str)
    assert not [mark for mark in ("CANARY-", "R9", "9182", "91857") if mark in shown.replace("<> 'R9'", "")]


def outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except GolcondaError as error:
        return error.document()


# ── 2 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

# What the gate writes and no reader may.
OWN_FUNCTIONS = {"read_parquet"}
ASKED = (
    "SELECT * FROM care -- CANARY",
    "/* CANARY */ select REGION , count( * ) from Care GROUP by 1",
    "SELECT c.phone FROM care AS c JOIN care AS d USING (id_number) WHERE c.age > 3;",
    "WITH care AS (SELECT upper(region) AS r FROM care) SELECT r, row_number() OVER (ORDER BY r) FROM care",
    "SELECT 1",
)


@pytest.mark.parametrize("sql", ASKED)
def test_02_nothing_runs_but_sql_regenerated_from_a_listed_tree(
    node: Node, li: Session, sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed(node, li)
    ran: list[tuple[str, frozenset[str]]] = []
    run = node.engine.run

    def recorded(text_: str, parameters: Any, files: frozenset[str], **how: Any) -> Any:
        ran.append((text_, files))
        return run(text_, parameters, files, **how)

    monkeypatch.setattr(node.engine, "run", recorded)
    li.query(sql).document()
    ((executed, files),) = ran
    (tree,) = READER_SQL.parse(executed)
    assert tree is not None
    assert executed not in (sql, sql.removesuffix(";"))
    assert "CANARY" not in executed
    assert text(tree) == executed
    assert {call.name.lower() for call in tree.find_all(exp.Anonymous)} <= functions.NAMES | OWN_FUNCTIONS
    stored = [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Func)]
    assert {path.this for table in stored for path in table.find_all(exp.Literal) if path.is_string} == files


# ── 3 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

OUTSIDE = {"time", "random", "secrets", "os", "socket", "subprocess", "uuid", "threading", "sqlalchemy", "duckdb"}
LOOKING = {"now", "today", "utcnow", "open", "read_text", "read_bytes", "getenv", "environ"}


def closure(name: str) -> dict[str, ast.Module]:
    """Return a module of ours with all of ours that it imports at run time."""
    found: dict[str, ast.Module] = {}
    wanted = [name]
    while wanted:
        module = wanted.pop()
        path = SOURCE.parent / (module.replace(".", "/") + ".py")
        if path.is_file() and module not in found:
            found[module] = ast.parse(path.read_text("utf-8"))
            wanted += sorted(each for each in imported(found[module], at_run_time=True) if each.startswith("golconda."))
    return found


def test_03_what_decides_reads_no_clock_no_file_and_no_chance() -> None:
    deciding = closure("golconda.gate.decide")
    assert len(deciding) > 5
    deciding.pop("golconda.kernel.clock", None)  # where the clock is made that others are given
    for name, tree in deciding.items():
        roots = {module.partition(".")[0] for module in imported(tree, at_run_time=True)}
        called = {getattr(c.func, "attr", getattr(c.func, "id", "")) for c in ast.walk(tree) if isinstance(c, ast.Call)}
        assert (name, roots & OUTSIDE, called & LOOKING) == (name, set(), set())


def test_03_the_same_question_is_decided_the_same(node: Node, li: Session) -> None:
    agreed(node, li, TERMS + "limits: {queries: 5, per: day}")
    decisions = [node.gate.explain(Question(ALL), li.known()).permit for _ in range(2)]
    assert decisions[0] == decisions[1]
    assert decisions[0] is not decisions[1]


# ── 4 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

UNKNOWN = (
    ("attribute", 'where: "region = :role"', "where-refused"),
    ("column of a filter", 'where: "regoin = 1"', "terms-unknown-column"),
    ("column", "columns: [regoin]", "terms-unknown-column"),
    ("table", "tables: {visit: {}}", "terms-unknown-table"),
    ("function", 'where: "length(region) = 2"', "where-refused"),
    ("mask", "masks: {phone: hidden}", "mask-unknown"),
    ("parameter of a mask", "masks: {visit_date: {generalise: decade}}", "mask-invalid"),
    ("clause", "colums: [region]", "terms-unknown-clause"),
    ("prohibition", "prohibit: [combining]", "terms-value"),
    ("window", "limits: {queries: 5, per: week}", "terms-value"),
    ("purpose", "purposes: [mischief]", "purpose-unknown"),
)


@pytest.mark.parametrize(("terms", "code"), [case[1:] for case in UNKNOWN], ids=[case[0] for case in UNKNOWN])
def test_04_what_is_unknown_in_terms_refuses_when_written_and_when_met(
    node: Node, owner: Session, li: Session, terms: str, code: str
) -> None:
    assert outcome(lambda: owner.offer("care", terms))["code"] == code
    agreement = agreed(node, li, "{}")
    with node.metastore.transaction() as connection:  # as a newer program would have stored it
        stored = catalog.store_document(connection, "terms", json.dumps(yaml.safe_load(terms)))
        connection.execute(update(schema.agreement).where(schema.agreement.c.id == agreement).values(terms=stored))
    if code != "purpose-unknown":  # the agreement's own purpose is what a read is held to
        assert outcome(lambda: li.query(ALL).document())["status"] >= 400


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT regoin FROM care", "column-unknown"),
        ("SELECT * FROM visit", "table-unknown"),
        ("SELECT md55(region) FROM care", "sql-function-unknown"),
        ("SELECT getenv('HOME') FROM care", "sql-function-refused"),
        ("SELECT * FROM read_csv('/etc/passwd')", "sql-function-refused"),
        ("SELECT CAST(region AS JSON) FROM care", "sql-construct-refused"),
        ("SELECT * FROM care TABLESAMPLE 10%", "sql-construct-refused"),
        ("FROM care AT (VERSION => 1)", "sql-construct-refused"),
    ],
)
def test_04_what_is_unknown_in_a_query_refuses(node: Node, li: Session, sql: str, code: str) -> None:
    agreed(node, li)
    assert outcome(lambda: li.query(sql).document())["code"] == code


def test_04_an_unknown_attribute_of_the_asker_is_null_and_hides_the_row(node: Node, li: Session) -> None:
    agreed(node, li, 'where: "region = :region"')
    assert li.known().region is None
    assert li.query(ALL).document()["rows"] == []


# ── 6 and 10 ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_06_each_decision_cites_policy_agreement_contract_and_version_hashes(
    node: Node, owner: Session, li: Session
) -> None:
    agreement = agreed(node, li)
    li.query(ALL).document()
    (intent,) = owner.log(kind="read.intent")["entries"]
    with node.metastore.read() as connection:
        version = catalog.version(connection, "city/care", 1)
        documents = {hash_: catalog.document(connection, hash_) for hash_ in (version.contract, version.manifest)}
    policies = "\n".join(file.read_text("utf-8") for file in sorted((node.directory / "policies").glob("*.cedar")))
    assert intent["payload"]["cites"] == {
        "policies": digest_bytes(policies.encode()),
        f"agreement:{agreement}": owner.agreement(agreement)["proposal"],
        "contract:city/care": version.contract,
        "version:city/care@1": version.manifest,
    }
    assert all(digest_bytes(document.encode()) == hash_ for hash_, document in documents.items())


ORACLES = (
    "SELECT sum(CAST(code AS INTEGER)) FROM codes",
    "SELECT code FROM codes WHERE CAST(code AS INTEGER) > 3",
    "SELECT code FROM codes WHERE CAST(code AS INTEGER) > 3 OR region = 'R9'",
    "SELECT 1 // (length(code) - 6) FROM codes",
    "SELECT a.code FROM codes AS a ANTI JOIN codes AS b ON a.code = b.code || 'x' WHERE CAST(a.code AS INTEGER) > 0",
    "SELECT DISTINCT CAST(code AS INTEGER) FROM codes ORDER BY 1",
    "SELECT CAST(max(code) AS INTEGER) FROM codes",
)


@pytest.mark.parametrize("sql", ORACLES)
def test_10_no_error_depends_on_a_row_outside_the_protected_view(
    node: Node, owner: Session, li: Session, tmp_path: Path, sql: str
) -> None:
    source = tmp_path / "codes.csv"
    rows = "".join(f"R1,{number}\n" for number in range(50))
    source.write_text(f"region,code\n{rows}R9,CANARY\nR9,9999999999999\n", encoding="utf-8")
    owner.publish([str(source)], name="codes")
    agreed(node, li, "where: \"region <> 'R9'\"", product="city/codes")
    with_hidden = outcome(lambda: li.query(sql).document()["rows"])
    source.write_text(f"region,code\n{rows}", encoding="utf-8")
    owner.publish([str(source)], name="codes")
    assert with_hidden == outcome(lambda: li.query(sql).document()["rows"])
    assert isinstance(with_hidden, list)


def test_10_the_oracles_speak_of_rows_inside_it(node: Node, owner: Session, li: Session, tmp_path: Path) -> None:
    source = tmp_path / "codes.csv"
    source.write_text("region,code\nR1,CANARY\n", encoding="utf-8")
    owner.publish([str(source)], name="codes")
    agreed(node, li, "{}", product="city/codes")
    told = outcome(lambda: li.query(ORACLES[0]).document())
    assert told["status"] == 400
    assert "CANARY" not in json.dumps(told)
