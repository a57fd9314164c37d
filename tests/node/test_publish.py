"""Publishing: all tables at once, by the contract, or nothing."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import publishing_kit as kit
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from golconda.agreement import keys
from golconda.kernel.canonical import canonical
from golconda.kernel.errors import GolcondaError
from golconda.metastore import catalog, leases
from golconda.metastore.schema import event
from golconda.node import publish as publishing
from golconda.node.collect import collect
from golconda.node.publish import Published, publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from golconda.node.node import Node


@pytest.fixture
def node(metastore_url: str, tmp_path: Path) -> Iterator[Node]:
    settings = {} if metastore_url.startswith("sqlite") else {"metastore": metastore_url}
    with kit.new_node(tmp_path / "city", **settings) as opened:
        yield opened


def _publish(node: Node, sources: list[str], name: str = "care", **how: Any) -> Published:
    return publish(node, kit.STEWARD, sources, name=name, **how)


def _fails(node: Node, sources: list[str], **how: Any) -> str:
    with pytest.raises(GolcondaError) as caught:
        _publish(node, sources, **how)
    return caught.value.code


def test_a_first_version_is_published(node: Node, tmp_path: Path) -> None:
    made = _publish(node, kit.write(tmp_path, visits="id,age\n1,34\n2,40\n"), titles={"zh": "就医"})
    assert (made.number, made.major, made.rows, made.rejected) == (1, 1, 2, 0)
    assert kit.rows(node, "city/care") == {"visits": [{"id": 1, "age": 34}, {"id": 2, "age": 40}]}
    assert kit.problems(node, "city/care") == []


def test_readers_move_when_the_pointer_moves_and_the_version_before_stays(node: Node, tmp_path: Path) -> None:
    _publish(node, kit.write(tmp_path, visits="id\n1\n"))
    assert _publish(node, kit.write(tmp_path, visits="id\n1\n2\n")).number == 2
    with node.metastore.read() as connection:
        (before,) = catalog.snapshots(connection, "city/care", 1)
        assert [v.number for v in catalog.versions(connection, "city/care")] == [2, 1]
    assert before.rows == 1
    assert node.lake.resolve(before.files[0].path).is_file()


def test_one_file_is_the_one_table_whatever_it_is_called(node: Node, tmp_path: Path) -> None:
    _publish(node, kit.write(tmp_path, flights="id\n1\n"), name="flights")
    _publish(node, kit.write(tmp_path, flights_2="id\n2\n"), name="flights")
    assert kit.rows(node, "city/flights") == {"flights": [{"id": 2}]}


def test_all_tables_of_a_product_move_at_once(node: Node, tmp_path: Path) -> None:
    sources = kit.write(tmp_path, visits="id\n1\n", people="id\n7\n")
    made = _publish(node, sources)
    assert [table.table for table in made.tables] == ["visits", "people"]
    assert kit.problems(node, "city/care") == []


def test_a_fault_in_the_last_table_publishes_none(node: Node, tmp_path: Path) -> None:
    _publish(node, kit.write(tmp_path, visits="id\n1\n", people="id\n7\n"))
    before = kit.rows(node, "city/care")
    assert _fails(node, kit.write(tmp_path, visits="id\n2\n", people="")) == "file-empty"
    assert kit.rows(node, "city/care") == before
    assert kit.problems(node, "city/care") == []


def test_a_rejected_row_is_in_no_version_and_the_owner_sees_why(node: Node, tmp_path: Path) -> None:
    made = _publish(node, kit.write(tmp_path, visits="id,age\n1,34\n2,3,4\n3,40\n"))
    assert (made.rows, made.rejected) == (2, 1)
    with node.metastore.read() as connection:
        assert [(r["row"], r["reason"], r["raw"]) for r in catalog.rejections(connection, made.publish_id)] == [
            (2, "has more cells than the header", "2,3,4")
        ]


def test_a_row_that_breaks_the_contract_is_set_aside_under_its_number(node: Node, tmp_path: Path) -> None:
    _publish(node, kit.write(tmp_path, visits="id,age\n1,34\n2,40\n3,50\n"))
    made = _publish(node, kit.write(tmp_path, visits="id,age\n1,34\nragged\n,40\n3,x\n4,20\n5,21\n6,22\n"))
    with node.metastore.read() as connection:
        assert [r["row"] for r in catalog.rejections(connection, made.publish_id)] == [2, 3, 4]
    assert [row["id"] for row in kit.rows(node, "city/care")["visits"]] == [1, 4, 5, 6]


def test_a_repeated_key_is_set_aside(node: Node, tmp_path: Path) -> None:
    _publish(node, kit.write(tmp_path, visits="id,age\n1,34\n2,34\n3,50\n"))
    _publish(node, kit.write(tmp_path, visits="id,age\n1,34\n1,35\n2,20\n"))
    assert kit.rows(node, "city/care")["visits"] == [{"id": 1, "age": 34}, {"id": 2, "age": 20}]


def test_a_source_that_is_mostly_wrong_is_refused(node: Node, tmp_path: Path) -> None:
    assert _fails(node, kit.write(tmp_path, visits="a,b\n1,2\nx\ny\nz\n")) == "rows-mostly-rejected"
    assert kit.current(node, "city/care") == ()


def test_the_contract_is_drafted_into_the_node_and_used_from_there(node: Node, tmp_path: Path) -> None:
    _publish(node, kit.write(tmp_path, visits="id,age\n1,34\n2,40\n"))
    file = node.directory / "contracts" / "care.odcs.yaml"
    file.write_text(file.read_text("utf-8").replace("BIGINT", "VARCHAR").replace("integer", "string"), "utf-8")
    _publish(node, kit.write(tmp_path, visits="id,age\n1,34\n2,40\n"))
    assert [str(c.type) for c in kit.current(node, "city/care")[0].columns] == ["VARCHAR", "VARCHAR"]


def test_a_breaking_contract_is_a_new_major_beside_the_old(node: Node, tmp_path: Path) -> None:
    _publish(node, kit.write(tmp_path, visits="id,age\n1,34\n2,40\n"))
    (node.directory / "contracts" / "care.odcs.yaml").unlink()
    assert _publish(node, kit.write(tmp_path, visits="id\n1\n2\n")).major == 2
    with node.metastore.read() as connection:
        assert catalog.current_of_major(connection, "city/care", 1).number == 1


def test_a_table_the_contract_promises_must_come(node: Node, tmp_path: Path) -> None:
    sources = kit.write(tmp_path, visits="id\n1\n", people="id\n7\n")
    _publish(node, sources)
    assert _fails(node, sources[:1]) == "contract-broken"


def test_a_column_the_contract_does_not_know_is_never_published(node: Node, tmp_path: Path) -> None:
    _publish(node, kit.write(tmp_path, visits="id\n1\n"))
    assert _fails(node, kit.write(tmp_path, visits="id,phone\n1,13812345678\n")) == "contract-broken"


def test_what_is_left_unsaid_stays_as_it_was(node: Node, tmp_path: Path) -> None:
    sources = kit.write(tmp_path, visits="id\n1\n")
    _publish(node, sources, titles={"en": "Care"}, description="Visits.", domain="health", grade="personal")
    _publish(node, sources)
    with node.metastore.read() as connection:
        found = catalog.product(connection, "city/care")
    assert (found.titles, found.description, found.domain, found.grade) == (
        {"en": "Care"},
        "Visits.",
        "health",
        "personal",
    )


def test_publishing_writes_one_event_in_its_transaction(node: Node, tmp_path: Path) -> None:
    _publish(node, kit.write(tmp_path, visits="id\n1\n"))
    with node.metastore.read() as connection:
        told = connection.execute(event.select().where(event.c.kind == "product.published")).all()
    assert [row.subject for row in told] == ["city/care@1"]
    assert json.loads(told[0].payload)["tables"] == {"visits": {"rejected": 0, "rows": 1}}


def test_the_certificate_is_signed_over_what_was_published(node: Node, tmp_path: Path) -> None:
    _publish(node, kit.write(tmp_path, visits="id\n1\n"))
    with node.metastore.read() as connection:
        version = catalog.version(connection, "city/care")
    certificate = json.loads(version.certificate or "")
    public, statement = node.keys.signing("city").public, certificate["statement"]
    assert keys.verifies(public, canonical(statement), bytes.fromhex(certificate["signature"]))
    assert (statement["manifest"], statement["contract"]) == (version.manifest, version.contract)


def test_progress_is_told_by_stage_and_table(node: Node, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    _publish(node, kit.write(tmp_path, visits="id\n1\n"), progress=lambda *step: told.append(step))
    assert told == [(stage, done, 1) for stage in ("read", "check", "commit") for done in (0, 1)]


def test_a_parquet_file_that_fits_is_taken_byte_for_byte(node: Node, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2]}), tmp_path / "visits.parquet")
    made = _publish(node, [str(tmp_path / "visits.parquet")])
    kept = node.lake.resolve(made.tables[0].files[0].path)
    assert kept.read_bytes() == (tmp_path / "visits.parquet").read_bytes()


def test_two_sources_of_one_name_are_refused(node: Node, tmp_path: Path) -> None:
    sources = kit.write(tmp_path, visits="id\n1\n")
    assert _fails(node, [*sources, *sources]) == "table-duplicate"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/nowhere/visits.csv", "file-missing"),
        ("/nowhere/*.parquet", "file-missing"),
        ("visits.docx", "source-unknown"),
        ("sqlite:////nowhere/erp.db#t", "file-missing"),
        ("postgresql://u:secret@127.0.0.1:1/erp#t", "source-unreachable"),
        ("oracle://u:secret@127.0.0.1:1/erp#t", "extra-missing"),
    ],
)
def test_a_source_that_is_not_there_is_one_sentence(node: Node, address: str, code: str) -> None:
    with pytest.raises(GolcondaError) as caught:
        _publish(node, [address])
    assert caught.value.code == code
    assert "secret" not in json.dumps(caught.value.document())


def test_a_folder_with_a_files_name_is_unreadable(node: Node, tmp_path: Path) -> None:
    (tmp_path / "visits.csv").mkdir()
    assert _fails(node, [str(tmp_path / "visits.csv")]) == "file-unreadable"


def test_an_option_nobody_understands_is_refused(node: Node, tmp_path: Path) -> None:
    assert _fails(node, kit.write(tmp_path, visits="id\n1\n"), options={"encodign": "gb18030"}) == "option-unknown"


def test_an_unknown_organisation_cannot_publish(node: Node, tmp_path: Path) -> None:
    assert _fails(node, kit.write(tmp_path, visits="id\n1\n"), name="nobody/care") == "organisation-unknown"


def test_a_second_publisher_is_told_to_wait(node: Node, tmp_path: Path) -> None:
    with leases.holding(node.metastore, "publish:city/care", node.clock):
        assert _fails(node, kit.write(tmp_path, visits="id\n1\n")) == "lease-held"


@pytest.mark.parametrize("stage", ["read", "check", "commit"])
def test_a_writer_that_lost_its_lease_changes_nothing(node: Node, tmp_path: Path, stage: str) -> None:
    _publish(node, kit.write(tmp_path, visits="id\n1\n"))

    def steal(told: str, done: int, total: int) -> None:
        if (told, done) == (stage, total):
            later = node.clock.now() + timedelta(hours=1)
            with node.metastore.transaction() as connection:
                leases.acquire(connection, "publish:city/care", "other:1:x", later, timedelta(hours=-2))

    assert _fails(node, kit.write(tmp_path, visits="id\n2\n"), progress=steal) == "lease-lost"
    assert kit.rows(node, "city/care") == {"visits": [{"id": 1}]}
    _publish(node, kit.write(tmp_path, visits="id\n3\n"))
    assert kit.rows(node, "city/care") == {"visits": [{"id": 3}]}
    assert kit.problems(node, "city/care") == []


def test_versions_beyond_those_kept_give_their_files_back(node: Node, tmp_path: Path) -> None:
    for number in range(1, 6):
        _publish(node, kit.write(tmp_path, visits=f"id\n{number}\n"))
    with node.metastore.read() as connection:
        dropped = [v.number for v in catalog.versions(connection, "city/care") if v.dropped]
    assert dropped == [2, 1]
    assert len(list(node.lake.root.glob("city/care/visits/*.parquet"))) == 3


def test_files_of_a_running_read_stay_until_it_ends(node: Node, tmp_path: Path) -> None:
    from golconda.kernel.clock import stamp
    from golconda.metastore.schema import reading

    _publish(node, kit.write(tmp_path, visits="id\n0\n"))
    running = {"id": "read-1", "principal": "city/steward", "door": "test", "agreements": "[]", "reserved": "[]"}
    with node.metastore.transaction() as connection:
        began = {"owners": "[]", "started": stamp(node.clock.now()), "state": "running", "process": "here"}
        connection.execute(reading.insert().values({**running, **began}))
    for number in range(1, 5):
        _publish(node, kit.write(tmp_path, visits=f"id\n{number}\n"))
    assert len(list(node.lake.root.glob("city/care/visits/*.parquet"))) == 5
    with node.metastore.transaction() as connection:
        connection.execute(reading.update().values(state="settled"))
    collect(node)
    assert len(list(node.lake.root.glob("city/care/visits/*.parquet"))) == 3


def test_a_fault_while_collecting_garbage_is_no_fault_of_publishing(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(publishing.collect, "collect_product", fails)
    assert _publish(node, kit.write(tmp_path, visits="id\n1\n")).number == 1


def test_the_owner_sees_the_first_rows_set_aside_and_nobody_else_any(node: Node, tmp_path: Path) -> None:
    rows = "".join(f"{number},7\nSECRET{number}\n" for number in range(150)) + "1000,7\n"
    _publish(node, kit.write(tmp_path, visits=f"id,age\n{rows}"))
    owner = node.owner_session("test")
    shown = owner.product("care")
    assert (len(shown["rejections"]), shown["rejected"]) == (100, 150)
    owner.offer("care", "{purposes: [statistics]}", title=None, automatic=True)
    owner.add_organisation("acme", titles={"en": "Acme"})
    owner.new_token("acme/li", role="reader", days=1)
    for session in (node.public_session("test"), node.local_session("acme/li", "test")):
        assert "SECRET" not in json.dumps(session.product("city/care"))
    certificate, log = json.dumps(shown["certificate"]), json.dumps(owner.log())
    assert "SECRET" not in certificate + log + owner.contract("care")


def test_names_that_sql_reserves_are_published_offered_masked_and_queried(node: Node, tmp_path: Path) -> None:
    header = 'select,from,"a""b","x\'y",a;b,order by,--,rows_,golconda:row,filename,a.b,*,:x,$1,?,😀,行'
    names = next(csv.reader([header]))
    row = ",".join(f"v{place}" for place in range(len(names)))
    _publish(node, kit.write(tmp_path, visits=f"{header}\n{row}\n"))
    masked, hidden, given = '{"a\\"b": redact, "*": redact}', "\"select\" = 'v0'", "{purposes: [statistics]"
    owner = node.owner_session("test")
    owner.add_organisation("acme", titles={"en": "Acme"})
    owner.new_token("acme/li", role="reader", days=1)
    owner.offer("care", f"{given}, masks: {masked}, where: {json.dumps(hidden)}}}", title=None, automatic=True)
    reader = node.local_session("acme/li", "test")
    reader.request("city/care", purpose="statistics")
    every = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    answer = reader.query(f"SELECT {every} FROM city.care.visits").document()
    assert [column["name"] for column in answer["columns"]] == names
    expected = ["***" if name in ('a"b', "*") else f"v{place}" for place, name in enumerate(names)]
    assert answer["rows"] == [expected]
