"""What a publisher promises about a product: ODCS 3.1 contracts, read, written, drafted and compared."""

from golconda.contract.comparison import Change, Comparison, compare
from golconda.contract.drafting import DraftTable, Statistic, draft
from golconda.contract.expectation import ColumnExpectation, QualityRule, TableExpectation
from golconda.contract.faults import Problem, problems
from golconda.contract.odcs import Contract, read, restricted

__all__ = [
    "Change",
    "ColumnExpectation",
    "Comparison",
    "Contract",
    "DraftTable",
    "Problem",
    "QualityRule",
    "Statistic",
    "TableExpectation",
    "compare",
    "draft",
    "problems",
    "read",
    "restricted",
]
