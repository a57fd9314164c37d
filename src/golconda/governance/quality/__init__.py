"""Judge staged files by their contract: rows that break it are set aside, broken rules stop publishing."""

from golconda.governance.quality.rejection import failing
from golconda.governance.quality.verdict import Result, Verdict, verdict

__all__ = ["Result", "Verdict", "failing", "verdict"]
