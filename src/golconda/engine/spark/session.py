"""The one Spark of a process: started when it is first needed, and again when it died."""

from __future__ import annotations

import atexit
import logging
import os
import re
import secrets
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from golconda.engine.spark import java
from golconda.kernel.errors import InvalidInput, TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MASTER = re.compile(r"local(\[(\d+|\*)\])?|local-cluster\[\d+,\s*\d+,\s*\d+\]|spark://[A-Za-z0-9_.:,-]+")
_SILENT = "status = off\nrootLogger.level = off\n"
_TELLING = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")  # of pyspark; they quote values to stderr
_TALKING = ("py4j", "pyspark")  # at the level of debugging, each word to Spark and from it, keys and rows included
_ANSWER_SECONDS = 10.0
_logger = logging.getLogger("golconda.engine")
_starting = threading.RLock()  # a process has one Spark, whoever asks


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where Spark runs and what it may take."""

    master: str
    memory_megabytes: int
    folder: Path  # for what Spark spills

    def __post_init__(self) -> None:
        """Refuse an address that Spark would not know, or that would leave this machine by another way."""
        if not MASTER.fullmatch(self.master):
            raise InvalidInput(
                "config-invalid",
                f"The setting master is {self.master!r}.",
                hint='Give "local[2]", "local-cluster[2,1,1024]" or "spark://HOST:PORT".',
            )

    @property
    def is_here(self) -> bool:
        """Say whether all of it runs on this machine."""
        return self.master.startswith("local")

    @property
    def cores(self) -> int:
        """Return how many tasks run at once, as far as the address says."""
        numbers = [int(number) for number in re.findall(r"\d+", self.master)] if self.is_here else []
        return numbers[0] * numbers[1] if len(numbers) == 3 else (numbers or [os.cpu_count() or 2])[0]


def settings(cluster: Cluster) -> dict[str, str]:
    """Return Spark's settings: one meaning with DuckDB, nothing that rewrites a plan while it runs, nothing shown."""
    memory = f"{max(1024, cluster.memory_megabytes)}m"
    here = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"} if cluster.is_here else {}
    if cluster.is_here:
        here |= {"spark.authenticate": "true", "spark.authenticate.secret": secrets.token_hex(32)}
    # A heap that is full ends the process, which is noticed; else it would go on in a state that nobody knows.
    ends = "-XX:+ExitOnOutOfMemoryError"
    quiet = f"{ends} -Dlog4j2.configurationFile=file:{_silence(cluster.folder)} -Duser.timezone=UTC -Duser.language=en"
    return {
        **here,
        "spark.master": cluster.master,
        "spark.app.name": "golconda",
        "spark.driver.memory": memory,
        "spark.driver.maxResultSize": memory,
        "spark.driver.extraJavaOptions": quiet,
        "spark.executor.extraJavaOptions": quiet,
        "spark.local.dir": str(cluster.folder),
        "spark.sql.warehouse.dir": str(cluster.folder / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.shuffle.partitions": str(max(4, 2 * cluster.cores)),
        "spark.sql.decimalOperations.allowPrecisionLoss": "false",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.caseSensitive": "false",
        "spark.sql.parser.escapedStringLiterals": "false",
        "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
        "spark.sql.optimizer.dynamicPartitionPruning.enabled": "false",
        "spark.task.reaper.enabled": "true",  # on a cluster, executors whose tasks heed no cancel end, not the driver
        "spark.task.reaper.pollingInterval": "500ms",
        "spark.task.reaper.killTimeout": "2s",
        "spark.sql.files.ignoreCorruptFiles": "false",
        "spark.sql.files.ignoreMissingFiles": "false",
    }


def _silence(folder: Path) -> Path:
    """Keep Spark's log from telling values: it quotes them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "log4j2.properties"
    file.write_text(_SILENT, encoding="utf-8")
    return file


@dataclass(slots=True)
class Driver:
    """Holds the session; a driver that died is started anew by the next query."""

    cluster: Cluster
    _spark: Any = None  # a SparkSession, which is imported only when it starts
    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.RLock = field(default_factory=lambda: _starting)
    _held: int = 0
    _free: threading.Condition = field(default_factory=threading.Condition)

    def session(self) -> Any:  # a SparkSession of its own: views and settings are nobody else's
        """Return a new session on the running Spark, which starts if there is none: some 15 to 60 seconds."""
        with self._free:
            self._free.wait_for(lambda: not self._held)
        with self._lock:
            if self._spark is None or not self._answers():
                self._forget()
                self._start()
            return self._spark.newSession()

    @property
    def is_alive(self) -> bool:
        """Say whether the driver's process runs."""
        return self._process is not None and self._process.poll() is None

    def _answers(self) -> bool:
        """Say whether the driver is there and has not ended its context; one that says nothing is as good as dead."""
        said: list[bool] = []

        def ask() -> None:
            with suppress(Exception):  # whatever it says but no, it is not there
                said.append(not self._spark.sparkContext._jsc.sc().isStopped())  # noqa: SLF001 - pyspark has no other way
            self.leave()

        return self.is_alive and _within(_ANSWER_SECONDS, ask) and said == [True]

    def leave(self) -> None:
        """Close this thread's way to the driver, which py4j would leave to the collector of garbage."""
        with suppress(Exception):  # a driver that is gone has closed it
            way = self._spark.sparkContext._gateway._gateway_client.get_thread_connection()  # noqa: SLF001 - the only way
            if way is not None:
                way.close()

    @property
    def process(self) -> int | None:
        """Return the number of the driver's process."""
        return self._process.pid if self._process is not None else None

    def hold(self) -> None:
        """Give no session until `let_go`: what is being stopped may take the driver along."""
        with self._free:
            self._held += 1

    def let_go(self) -> None:
        """Give sessions again."""
        with self._free:
            self._held -= 1
            self._free.notify_all()

    def kill(self) -> None:
        """End a driver that heeds nothing; the next query starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End Spark."""
        with self._lock:
            if self._spark is not None and self.is_alive:
                _within(_ANSWER_SECONDS, self._stop)
            self._forget()

    def _stop(self) -> None:
        with suppress(Exception):  # whatever it says, its process ends afterwards
            self._spark.stop()

    def _start(self) -> None:
        try:
            from pyspark import SparkConf, SparkContext
            from pyspark.java_gateway import launch_gateway
            from pyspark.logger import PySparkLogger
            from pyspark.sql import SparkSession
        except ImportError:
            raise java.missing("pyspark") from None
        for name in _TELLING:
            PySparkLogger.getLogger(name).disabled = True
        for name in _TALKING:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # those below take it over
        home = java.home()
        conf = SparkConf(loadDefaults=False).setAll(list(settings(self.cluster).items()))
        before = {name: os.environ.get(name) for name in ("JAVA_HOME", "PYSPARK_SUBMIT_ARGS")}
        os.environ["JAVA_HOME"] = str(home)
        os.environ.pop("PYSPARK_SUBMIT_ARGS", None)
        try:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            gateway = launch_gateway(conf, popen_kwargs=quiet)  # type: ignore[no-untyped-call] # pyspark has no types there
            self._process = gateway.proc
            SparkContext._ensure_initialized(gateway=gateway, conf=conf)  # noqa: SLF001 - the only way to give a gateway
            self._spark = SparkSession(SparkContext.getOrCreate(conf))
        except Exception as error:
            _logger.warning("Spark did not start: %s", type(error).__name__)
            self._forget()
            raise TryAgain(
                "spark-unreachable",
                f"Spark did not start on {self.cluster.master}.",
                hint="Look at the setting master in golconda.toml, and whether the cluster is up.",
            ) from None
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
        atexit.register(self.close)

    def _forget(self) -> None:
        """Take away what pyspark keeps of a driver that is gone; it would hold on to it for ever."""
        process, self._spark, self._process = self._process, None, None
        if process is None:
            return
        process.kill()  # first: what follows would wait for one that hangs
        process.wait()
        from pyspark import SparkContext
        from pyspark.sql import SparkSession

        gateway, SparkContext._gateway = SparkContext._gateway, None  # noqa: SLF001 - pyspark has no other way
        SparkContext._jvm = SparkContext._active_spark_context = None  # noqa: SLF001
        SparkSession._instantiatedSession = None  # noqa: SLF001
        if gateway is not None:
            _hang_up(gateway)
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()


def _hang_up(gateway: Any) -> None:  # py4j's
    """Close every way to a driver that is gone; shutting down gives up at the first that does not answer."""
    for way in list(gateway._gateway_client.deque):  # noqa: SLF001 - py4j has no other way
        with suppress(Exception):
            way.close()
    with suppress(Exception):
        gateway.shutdown()


def _within(seconds: float, act: Callable[[], object]) -> bool:
    """Do something in another thread; say whether it came to its end in time."""
    thread = threading.Thread(target=act, daemon=True, name="golconda-spark-driver")
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
