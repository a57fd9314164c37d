"""The log: each change writes an event in its own transaction; one sequencer puts them into a Merkle tree."""

from golconda.metastore.log.export import export
from golconda.metastore.log.reading import entries, erase, latest, receipt
from golconda.metastore.log.record import Event, Fact, record, record_all
from golconda.metastore.log.sequencer import Sequencer, sequence
from golconda.metastore.log.verify import Verdict, verify

__all__ = [
    "Event",
    "Fact",
    "Sequencer",
    "Verdict",
    "entries",
    "erase",
    "export",
    "latest",
    "receipt",
    "record",
    "record_all",
    "sequence",
    "verify",
]
