"""What a reader left out of a file or changed: kept with what was read, and told to whoever listens.

Remarks are short sentences: ``3 grace notes left out``. They stand in the ``remarks`` of a lead sheet or score, and
go to the standard logger ``symbolic_music.remarks`` at level INFO, so that a program hears of them without asking
every function that reads; the command line shows them all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

LOGGER_NAME = "symbolic_music.remarks"
_LOG = logging.getLogger(LOGGER_NAME)


def tell(where: object, remarks: Iterable[str]) -> tuple[str, ...]:
    """Tell listeners what was left out or changed; return it.

    Examples
    --------
    >>> tell("tune.abc", ["3 grace notes left out"])
    ('3 grace notes left out',)
    """
    told = tuple(remarks)
    for remark in told:
        _LOG.info("%s: %s", where, remark)
    return told
