"""How much memory this process has taken."""

from __future__ import annotations

import sys


def most_memory_mb() -> int:
    """The most memory that this process has had, in units of 2**20 bytes; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0
    import resource

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
