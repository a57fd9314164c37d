"""One schema for SQLite and PostgreSQL. Times are text as `kernel.clock.stamp` writes them: both sort alike.

JSON columns hold text, canonical where a hash is taken over it. Names are stored as plain text: an
organisation's, a product's (``organisation/product``), a principal's (``organisation/person``).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# BIGINT, but INTEGER on SQLite, where only that becomes the row id.
_Serial = BigInteger().with_variant(Integer, "sqlite")

# ── identity ──────────────────────────────────────────────────────────────────────────────────────────────

organisation = Table(
    "organisation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("title", Text, nullable=False),  # {"en": …, "zh": …}
    Column("created", Text, nullable=False),
)

principal = Table(
    "principal",
    metadata,
    Column("name", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.name"), nullable=False),
    Column("kind", Text, nullable=False),  # person | service
    Column("roles", Text, nullable=False),  # ["reader"]
    Column("region", Text),
    Column("created", Text, nullable=False),
    Column("disabled", Text),
)

token = Table(
    "token",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("principal", Text, ForeignKey("principal.name"), nullable=False),
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of the secret
    Column("scopes", Text, nullable=False),  # ["*"] or ["share:agreement"]
    Column("created", Text, nullable=False),
    Column("expires", Text),
    Column("revoked", Text),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("id", Text, primary_key=True),  # sha256 prefix of the public key
    Column("owner", Text, nullable=False),  # node | an organisation
    Column("public", LargeBinary, nullable=False),  # 32 bytes, Ed25519
    Column("created", Text, nullable=False),
    Column("retired", Text),
)

# ── catalogue ─────────────────────────────────────────────────────────────────────────────────────────────

document = Table(
    "document",
    metadata,
    Column("hash", Text, primary_key=True),  # sha256:… of `content`
    Column("kind", Text, nullable=False),  # contract | terms | policy | manifest | proposal
    Column("content", Text, nullable=False),
)

product = Table(
    "product",
    metadata,
    Column("name", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.name"), nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("domain", Text),
    Column("grade", Text),  # open | shared | restricted | personal
    Column("synthetic", Boolean, nullable=False),
    Column("current", Integer),  # the pointer: the published version's number
    Column("created", Text, nullable=False),
    Column("updated", Text, nullable=False),
)

version = Table(
    "version",
    metadata,
    Column("product", Text, ForeignKey("product.name"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("major", Integer, nullable=False),  # a breaking contract change begins a new one
    Column("publish_id", Text, nullable=False, unique=True),
    Column("contract", Text, ForeignKey("document.hash"), nullable=False),
    Column("manifest", Text, ForeignKey("document.hash"), nullable=False),
    Column("certificate", Text),  # signed statement, JSON
    Column("published", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("dropped", Text),  # when its files were given to garbage collection
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("product", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("table", Text, primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("delta_version", Integer, nullable=False),
    Column("columns", Text, nullable=False),  # [{"name","type","nullable"}]
    Column("files", Text, nullable=False),  # [{"path","size","sha256","rows"}]
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
)

finding = Table(
    "finding",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("product", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("table", Text, nullable=False),
    Column("column", Text),
    Column("name", Text, nullable=False),  # rows, nulls, distinct, minimum, check:unique …
    Column("value", Text, nullable=False),  # JSON
    Column("exactness", Text, nullable=False),  # exact | tolerance | approximate
    Column("released", Boolean, nullable=False),  # may strangers see it
    Index(None, "product", "number", "table"),
)

rejection = Table(
    "rejection",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("product", Text, nullable=False),
    Column("publish_id", Text, nullable=False),
    Column("table", Text, nullable=False),
    Column("row", BigInteger, nullable=False),
    Column("column", Text),
    Column("reason", Text, nullable=False),
    Column("raw", Text),  # the row as it came: for the owner alone
    Index(None, "product", "publish_id"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),  # publish:city/care | sequencer | read:…
    Column("holder", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("expires", Text, nullable=False),
)

staging = Table(
    "staging",
    metadata,
    Column("publish_id", Text, primary_key=True),
    Column("product", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("verdict", Text),  # accepted | rejected, once the checks have spoken
    Column("plan", Text),  # JSON: everything the pointer move needs
    Column("started", Text, nullable=False),
)

# ── agreements ────────────────────────────────────────────────────────────────────────────────────────────

offer = Table(
    "offer",
    metadata,
    Column("id", Text, primary_key=True),
    Column("product", Text, ForeignKey("product.name"), nullable=False),
    Column("title", Text, nullable=False),
    Column("terms", Text, ForeignKey("document.hash"), nullable=False),
    Column("automatic", Boolean, nullable=False),  # approved by itself
    Column("created", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("withdrawn", Text),
)

negotiation = Table(
    "negotiation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("product", Text, ForeignKey("product.name"), nullable=False),
    Column("offer", Text, ForeignKey("offer.id"), nullable=False),
    Column("assignee", Text, ForeignKey("organisation.name"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),  # requested | countered | agreed | rejected
    Column("proposal", Text, ForeignKey("document.hash"), nullable=False),  # the one on the table
    Column("turn", Text, nullable=False),  # the organisation that must answer
    Column("requested_by", Text, nullable=False),
    Column("reason", Text),  # why it was rejected
    Column("created", Text, nullable=False),
    Column("updated", Text, nullable=False),
)

signature = Table(
    "signature",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("proposal", Text, ForeignKey("document.hash"), nullable=False),
    Column("party", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("custody", Text, nullable=False),  # own | peer | attested
    Column("key", Text, ForeignKey("signing_key.id"), nullable=False),
    Column("statement", Text, nullable=False),  # the canonical text that is signed
    Column("value", LargeBinary, nullable=False),
    UniqueConstraint("proposal", "party"),
)

agreement = Table(
    "agreement",
    metadata,
    Column("id", Text, primary_key=True),
    Column("negotiation", Text, ForeignKey("negotiation.id"), nullable=False),
    Column("product", Text, ForeignKey("product.name"), nullable=False),
    Column("major", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("assignee", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("proposal", Text, ForeignKey("document.hash"), nullable=False),
    Column("terms", Text, ForeignKey("document.hash"), nullable=False),
    Column("root", Text, nullable=False),  # hash of the first proposal of the chain: meters hang here
    Column("state", Text, nullable=False),  # active | suspended | expired | revoked | superseded
    Column("starts", Text, nullable=False),
    Column("ends", Text),
    Column("supersedes", Text),
    Column("reason", Text),
    Column("created", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Index(None, "assignee", "product", "state"),
)

meter = Table(
    "meter",
    metadata,
    Column("root", Text, primary_key=True),
    Column("what", Text, primary_key=True),  # queries | rows | bytes
    Column("window", Text, primary_key=True),  # 2026-11-24 | 2026-11 | total
    Column("used", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    CheckConstraint("used >= 0 AND reserved >= 0", name="positive"),
)

epoch = Table(
    "epoch",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("value", BigInteger, nullable=False),
)

# ── reads and the log ─────────────────────────────────────────────────────────────────────────────────────

reading = Table(
    "reading",
    metadata,
    Column("id", Text, primary_key=True),
    Column("principal", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("purpose", Text),
    Column("agreements", Text, nullable=False),  # ["agr-…"]; empty for the owner
    Column("owners", Text, nullable=False),  # ["city"]: whose products are read
    Column("reserved", Text, nullable=False),  # [{"root","what","window","amount"}]
    Column("state", Text, nullable=False),  # running | settled | failed | refunded | unfinished
    Column("rows", BigInteger),
    Column("bytes", BigInteger),
    Column("process", Text, nullable=False),  # who runs it: its lease is read:<process>
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Index(None, "state", "process"),
)

event = Table(
    "event",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("time", Text, nullable=False),
    Column("kind", Text, nullable=False),  # product.published, agreement.revoked, read.intent …
    Column("actor", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("concerns", Text, nullable=False),  # " acme city ": the organisations that may see it
    Column("payload", Text),  # canonical JSON; NULL once erased
    Column("salt", LargeBinary),  # 16 bytes; NULL once erased
    Column("commitment", LargeBinary, nullable=False),  # SHA-256(salt || payload)
    Column("position", BigInteger, unique=True),  # index in the tree; NULL until sequenced
    Index(None, "subject"),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("time", Text, nullable=False),
    Column("note", Text, nullable=False),  # signed note
)

tree = Table(
    "tree",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),  # the roots of the perfect subtrees, largest first
)

subtree = Table(
    "subtree",
    metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),  # covers the positions 256 × index …
    Column("root", LargeBinary, nullable=False),  # … so that a proof reads a few hundred rows, not all
)

# ── what is made of products ──────────────────────────────────────────────────────────────────────────────

derivation = Table(
    "derivation",
    metadata,
    Column("product", Text, primary_key=True),  # recorded with its first version
    Column("sql", Text, nullable=False),
    Column("purpose", Text),  # as it was asked for
    Column("agreements", Text, nullable=False),  # ["agr-…"] that were named; successors take their places
    Column("by", Text, nullable=False),  # who derives it anew, too
    Column("created", Text, nullable=False),
    Column("failure", Text),  # why the last refresh failed: {"code","detail","hint","time"}
    Column("tried", Text),  # the state of the sources that the last refresh tried, whatever came of it
)

heritage = Table(
    "heritage",
    metadata,
    Column("product", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("terms", Text, nullable=False),  # what the sources' terms demand of it, and the groups its rows are made of
    Column("agreements", Text, nullable=False),  # ["agr-…"]: every one it leans on, those of its sources included
    Column("sources", Text, nullable=False),  # [{"product","number","agreement"}]
)

lineage = Table(
    "lineage",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("kind", Text, nullable=False),  # publish | derivation | service
    Column("target", Text, nullable=False),  # a product, or a service's name
    Column("number", Integer, nullable=False),  # the version; 0 for a service
    Column("table", Text, nullable=False),  # of the product; empty for a service
    Column("column", Text, nullable=False),
    Column("source", Text, nullable=False),  # a product, or what a file or database table is called
    Column("source_number", Integer),  # the version that was read; NULL where it is no product
    Column("source_table", Text, nullable=False),
    Column("source_column", Text, nullable=False),  # * = its rows, counted
    Column("how", Text, nullable=False),  # copied | computed | aggregated
    Index(None, "target", "number"),
    Index(None, "source"),
)

service = Table(
    "service",
    metadata,
    Column("name", Text, primary_key=True),
    Column("product", Text, ForeignKey("product.name"), nullable=False),  # whose page lists it
    Column("sql", Text, nullable=False),
    Column("parameters", Text, nullable=False),  # [{"name","type"}]
    Column("title", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("created", Text, nullable=False),
    Index(None, "product"),
)
