"""What goes on in the background: the log is sequenced, agreements expire, the dead's reads are settled."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from golconda.kernel.errors import GolcondaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.node.node import Node

SEQUENCE_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 5.0
REFRESH_SECONDS = 1.0
logger = logging.getLogger("golconda.jobs")


class Jobs:
    """Threads that do one thing each, again and again, until stopped."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._stopped = threading.Event()
        self._threads: tuple[threading.Thread, ...] = ()

    def start(self) -> None:
        """Start every job; starting twice is starting once."""
        if self._threads:
            return
        self._threads = (
            self._thread("sequencer", sequence, SEQUENCE_SECONDS),
            self._thread("housekeeping", keep_house, HOUSEKEEPING_SECONDS),
            self._thread("refresher", _refresher(), REFRESH_SECONDS),
        )
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop every job after its present round."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self._threads = ()
        self._stopped.clear()

    def _thread(self, name: str, job: Callable[[Node], None], seconds: float) -> threading.Thread:
        return threading.Thread(target=self._repeat, args=(job, seconds), name=f"golconda-{name}", daemon=True)

    def _repeat(self, job: Callable[[Node], None], seconds: float) -> None:
        while not self._stopped.wait(seconds):
            try:
                job(self._node)
            except GolcondaError as error:  # busy or away: the next round tries again
                logger.warning("%s: %s", error.code, error.message)
                if self._node.metastore.frozen:  # said once; no later round can do anything
                    return
            except Exception:  # a job must outlive any one fault; it is reported in full
                logger.exception("A background job failed.")


def sequence(node: Node) -> None:
    """Put waiting events into the tree and sign a checkpoint, unless another process is at it; keep the checkpoint."""
    from golconda.metastore.log.sequencer import sequence as run
    from golconda.node import witness

    witness.hold(node)  # the metastore may have been restored under a running node
    node.metastore.demand_writable()
    if run(node.metastore, node.keys.signing("node"), node.clock, origin=f"golconda/{node.home}"):
        witness.keep(node)


def _refresher() -> Callable[[Node], None]:
    from golconda.node.refreshing import Refresher

    return Refresher()


def keep_house(node: Node) -> None:
    """Expire agreements that are due, and settle reads and publishes whose process is gone."""
    from golconda.exchange.negotiation.expire import expire
    from golconda.gate.settle import settle_abandoned
    from golconda.node.recover import recover

    expire(node.metastore, node.clock.now())
    node.gate.settle_owed()
    settle_abandoned(node.metastore, node.clock.now())
    recover(node)
