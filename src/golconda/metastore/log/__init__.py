"""The log: each change writes an event in its own transaction; one sequencer puts them into a Merkle tree."""

from golconda.metastore.log.record import Event, Fact, record, record_all

__all__ = ["Event", "Fact", "record", "record_all"]
