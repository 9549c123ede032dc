"""A pretend broker: every source system of one, played on real daily closes.

Real: the adjusted daily closes of twenty S&P 500 names (skfolio's bundled data set). Invented: everything around them,
that is open, high, low, volume, intraday paths, quotes, funds, bonds, deposits, clients and all that they do. Adjusted
closes already hold dividends and splits, so no dividend is paid in cash.
"""

from ingestion.simulator.messages import LogLine, Message, SessionPlay
from ingestion.simulator.simulate import simulate
from ingestion.simulator.size import SIZES, SMALL, STANDARD, TINY, Size
from ingestion.simulator.truth import Truth

__all__ = [
    "SIZES",
    "SMALL",
    "STANDARD",
    "TINY",
    "LogLine",
    "Message",
    "SessionPlay",
    "Size",
    "Truth",
    "simulate",
]
