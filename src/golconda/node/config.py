"""The settings of a node, as ``golconda.toml`` holds them."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from golconda.engine.spark.session import MASTER
from golconda.kernel.errors import InvalidInput, NotFound, nearest
from golconda.kernel.names import slug

if TYPE_CHECKING:
    from pathlib import Path

FILE = "golconda.toml"


@dataclass(frozen=True, slots=True)
class Config:
    """Settings with their defaults. Relative paths are relative to the node's directory."""

    organisation: str = field(metadata={"help": "The organisation whose node this is."})
    metastore: str = field(
        default="sqlite:///.golconda/metastore.db",
        metadata={"help": "Address of the metastore: sqlite:///FILE or postgresql://USER@HOST/DATABASE."},
    )
    storage: str = field(default=".golconda/lake", metadata={"help": "Directory of the data files."})
    host: str = field(default="127.0.0.1", metadata={"help": "Address that `golconda serve` listens on."})
    port: int = field(default=8321, metadata={"help": "Port that `golconda serve` listens on."})
    flight_port: int = field(
        default=8322, metadata={"help": "Port that `golconda serve` serves Flight SQL on; 0 leaves it out."}
    )
    workers: int = field(
        default=0, metadata={"help": "Processes that answer queries; 0 is one for each core, and at least two."}
    )
    engine: str = field(
        default="duckdb",
        metadata={"help": 'Engine that answers: "duckdb", or "spark" on the cluster that master names.'},
    )
    master: str = field(
        default="local[2]",
        metadata={"help": 'Where Spark runs: "local[2]", "local-cluster[2,1,1024]" or "spark://HOST:PORT".'},
    )
    spark_for_readers: bool = field(
        default=True, metadata={"help": "Whether it answers who reads under an agreement too, where it is the engine."}
    )
    threads: int = field(default=2, metadata={"help": "Threads a query may use."})
    memory_megabytes: int = field(default=2048, metadata={"help": "Memory a query may use."})
    spill_megabytes: int = field(default=8192, metadata={"help": "Disk a query may spill to."})
    timeout_seconds: int = field(default=60, metadata={"help": "Longest time a query may run."})
    versions_kept: int = field(default=3, metadata={"help": "Versions of a product that keep their files."})

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        slug(self.organisation, what="an organisation")
        for setting in ("threads", "memory_megabytes", "spill_megabytes", "timeout_seconds", "versions_kept"):
            if getattr(self, setting) < 1:
                raise _invalid(setting, getattr(self, setting), "a whole number of at least 1")
        if self.engine not in ("duckdb", "spark"):
            raise _invalid("engine", self.engine, '"duckdb" or "spark"')
        if not MASTER.fullmatch(self.master):
            raise _invalid("master", self.master, '"local[2]", "local-cluster[2,1,1024]" or "spark://HOST:PORT"')
        if self.workers < 0:
            raise _invalid("workers", self.workers, "a whole number of at least 0")
        for setting in ("port", "flight_port"):
            if not 0 <= getattr(self, setting) <= 65535:
                raise _invalid(setting, getattr(self, setting), "a port from 0 to 65535")


def read(directory: Path) -> Config:
    """Read the settings of the node in `directory`; an unknown or mistyped setting is refused."""
    path = directory / FILE
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(
            "not-a-node",
            f"{directory} is not a node: it has no {FILE}.",
            hint="Make one with `golconda init DIR --org NAME`, or name one with --node DIR.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput("config-invalid", f"{path} is not TOML: {error}.", hint="Correct that line.") from error
    return _checked(settings)


def _checked(settings: dict[str, Any]) -> Config:  # as TOML gives them
    known = {setting.name: setting for setting in fields(Config)}
    for name, value in settings.items():
        if name not in known:
            raise InvalidInput(
                "config-invalid",
                f"{FILE} has an unknown setting {name!r}.",
                hint=f"Correct it: {nearest(name, known)}.",
            )
        wanted = {"str": str, "int": int, "bool": bool}[str(known[name].type)]
        if type(value) is not wanted:
            raise _invalid(name, value, {str: "text", int: "a whole number", bool: "true or false"}[wanted])
    if "organisation" not in settings:
        raise InvalidInput(
            "config-invalid", f"{FILE} does not say whose node this is.", hint='Add organisation = "NAME".'
        )
    return Config(**settings)


def write(directory: Path, config: Config) -> None:
    """Write the settings, each with what it means; those at their default stand as comments.

    Others than the owner may read the file unless a password is in it.
    """
    lines = ["# The settings of this node. All of them: docs/reference/settings.md", ""]
    for setting in fields(Config):
        value = getattr(config, setting.name)
        shown = json.dumps(value, ensure_ascii=False)  # TOML's basic strings and whole numbers are JSON's
        given = setting.name == "organisation" or value != setting.default
        lines += [f"# {setting.metadata['help']}", f"{'' if given else '# '}{setting.name} = {shown}", ""]
    path = directory / FILE
    path.touch(0o600 if _holds_password(config) else 0o644)
    path.write_text("\n".join(lines), encoding="utf-8")


def _holds_password(config: Config) -> bool:
    return re.search(r"://[^/@]*:[^/]*@|[?&]password=", config.metastore) is not None


def _invalid(name: str, value: object, wanted: str) -> InvalidInput:
    return InvalidInput("config-invalid", f"The setting {name} is {value!r}.", hint=f"Give {wanted} in {FILE}.")
