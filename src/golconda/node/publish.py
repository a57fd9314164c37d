"""Publish: sources in, a new version of a whole product out, or nothing at all.

The order is the promise: lease → staged files → profile and checks → contract and verdict → Delta commits → one
transaction that moves the pointer of all tables. Killed anywhere, readers see the old version or the new one.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from golconda.contract import compare, draft, odcs
from golconda.contract.drafting import DraftTable
from golconda.engine.workshop import Allowance, Workshop, guarded
from golconda.governance import quality
from golconda.integration.reading import sources as reading
from golconda.integration.reading import staging as reader
from golconda.kernel.errors import GolcondaError
from golconda.kernel.logical_types import Column
from golconda.kernel.names import ProductName, TableName
from golconda.lake import delta, staging
from golconda.metastore import catalog, identity, leases, publishing
from golconda.metastore.catalog import Snapshot
from golconda.metastore.ids import new_id
from golconda.metastore.publishing import Plan
from golconda.node import collect, contracts, recover
from golconda.profiling import profile, release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
