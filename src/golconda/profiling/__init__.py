"""What a snapshot holds: statistics as queries, and which of them strangers may see."""

from golconda.profiling.finding import Exactness, Finding
from golconda.profiling.release import release
from golconda.profiling.statistics import profile

__all__ = ["Exactness", "Finding", "profile", "release"]
