"""Open a node that is there, or make a new one."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from golconda.agreement import purposes
from golconda.agreement.keys import KeyStore
from golconda.engine.copies import Copies, clear_after_the_dead
from golconda.engine.governed import Allowance, GovernedEngine
from golconda.engine.spark.engine import SparkEngine
from golconda.engine.spark.session import Cluster
from golconda.engine.spill import sweep
from golconda.gate import shipped
from golconda.gate.authorise import Policies
from golconda.gate.engines import SPARK, Spark
from golconda.kernel.clock import Clock, SystemClock
from golconda.kernel.errors import InvalidInput
from golconda.lake.storage import Lake
from golconda.metastore import identity
from golconda.metastore.database import Metastore
from golconda.node import config as configuration
from golconda.node import witness
from golconda.node.config import Config
from golconda.node.node import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.agreement.purposes import PurposeList

STATE = ".golconda"


def open_node(directory: Path, *, clock: Clock | None = None) -> Node:
    """Open the node in a directory; a metastore of an older program is brought up to date.

    One that is behind what this node signed is opened all the same, to be looked at, and frozen (node/witness.py).
    Raise ``not-a-node``, ``config-invalid``, ``schema-newer``, ``metastore-missing`` and what the metastore raises.
    """
    node = _assembled(directory.absolute(), configuration.read(directory), clock or SystemClock())
    node.metastore.upgrade()
    sweep(node.engine.spill_directory)
    clear_after_the_dead(directory.absolute() / STATE / "copies")
    witness.hold(node)
    return node


def init_node(
    directory: Path,
    *,
    organisation: str,
    titles: Mapping[str, str],
    settings: Mapping[str, object] | None = None,
    clock: Clock | None = None,
) -> Node:
    """Make a node in a directory that is empty or not there, whole or not at all, and open it."""
    _refuse_occupied(directory)
    config = Config(organisation, **(settings or {}))  # type: ignore[arg-type] # Config checks them itself
    directory.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        _lay_out(draft, config)
        _populate(draft, config, titles, clock or SystemClock())
        draft.chmod(0o755)
        draft.replace(directory)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return open_node(directory, clock=clock)


def _refuse_occupied(directory: Path) -> None:
    if (directory / configuration.FILE).exists():
        raise InvalidInput(
            "node-exists",
            f"There is a node in {directory} already.",
            hint="Use it, or choose another directory.",
        )
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InvalidInput(
            "directory-occupied",
            f"{directory} is there and not empty.",
            hint="Choose a new or empty directory.",
        )


def _lay_out(directory: Path, config: Config) -> None:
    configuration.write(directory, config)
    for folder in ("contracts", "policies"):
        (directory / folder).mkdir()
    (directory / "policies" / shipped.FILE).write_text(shipped.default_text(), encoding="utf-8")
    (directory / STATE).mkdir(mode=0o700)
    (directory / ".gitignore").write_text(f"{STATE}/\n", encoding="utf-8")


def _populate(directory: Path, config: Config, titles: Mapping[str, str], clock: Clock) -> None:
    node = _assembled(directory, config, clock)
    try:
        node.metastore.create()
        now, steward = clock.now(), f"{config.organisation}/steward"
        with node.metastore.transaction() as connection:
            identity.add_organisation(connection, config.organisation, titles=titles, actor=steward, time=now)
            identity.add_principal(connection, steward, roles=("steward",), actor=steward, time=now)
        node.keys.signing(config.organisation)
        node.keys.signing("node")
    finally:
        node.close()


def _assembled(directory: Path, config: Config, clock: Clock) -> Node:
    state = directory / STATE
    return Node(
        directory=directory,
        config=config,
        clock=clock,
        metastore=Metastore.open(_metastore_address(directory, config)),
        lake=Lake.at(directory / config.storage),
        keys=KeyStore(state / "keys"),
        policies=Policies.read(directory / "policies", host=config.organisation),
        purposes=_purposes(directory / "policies" / "purposes.yaml"),
        engine=GovernedEngine(
            _allowance(config),
            spill_directory=state / "spill",
            copies=Copies(state / "copies"),
            workers=config.workers or None,
        ),
        spark=_spark(config, state / "spark"),
    )


def _metastore_address(directory: Path, config: Config) -> str:
    """Make the path of an SQLite file one under the node's directory."""
    url = make_url(config.metastore)
    if url.drivername != "sqlite" or not url.database:
        return config.metastore
    return url.set(database=os.fspath(directory / url.database)).render_as_string(hide_password=False)


def _purposes(file: Path) -> PurposeList:
    """Read the node's own list of purposes, or take the standard one."""
    return purposes.read(file.read_text(encoding="utf-8")) if file.is_file() else purposes.standard()


def _spark(config: Config, folder: Path) -> Spark:
    """Return the node's Spark, of which nothing starts before a query asks for it."""
    cluster = Cluster(config.master, config.memory_megabytes, folder)
    engine = SparkEngine(cluster, timeout_seconds=config.timeout_seconds, spill_bytes=config.spill_megabytes * 2**20)
    return Spark(engine, is_usual=config.engine == SPARK, for_readers=config.spark_for_readers)


def _allowance(config: Config) -> Allowance:
    return Allowance(
        threads=config.threads,
        memory_megabytes=config.memory_megabytes,
        spill_megabytes=config.spill_megabytes,
        timeout_seconds=config.timeout_seconds,
    )
