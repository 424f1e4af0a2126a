"""Every error this package raises on purpose.

::

    SymbolicMusicError
    ├── InputError (also ValueError)
    │   ├── BriefError        what was asked is not possible or not understood
    │   ├── PlanError         a song plan that does not add up
    │   ├── LeadSheetError    a lead sheet that does not fit its bars
    │   ├── EditError         an edit that the song or its locks do not allow
    │   ├── NotationError     a chord symbol, key, pitch or meter that cannot be read
    │   └── FileFormatError   a file that is not what its name says
    ├── ConstraintError       no legal continuation of a phrase
    ├── CheckpointError       weights missing, broken or made for another vocabulary
    ├── RenderError           no synthesizer or no usable soundfont
    ├── OutputError (also OSError)  a file or folder that cannot be written
    ├── StoppedError          a request was cancelled or used up its budget
    └── MissingExtraError (also ImportError)  an optional dependency is not installed

A message says what was wrong, the value, where it stood and what is allowed; what to do about it, where
that is known, is the error's ``hint``. As text an error is both.
"""

from __future__ import annotations

# Letters of a message; of a longer one the middle is left out.
LONGEST_MESSAGE = 1800


class SymbolicMusicError(Exception):
    """Root of all errors raised on purpose; catch this one.

    Parameters
    ----------
    message : str
        What is wrong, in one line.
    hint : str, optional
        What to do about it, in one line.

    Examples
    --------
    >>> error = BriefError("'polka' is not a genre", hint="say style='polka'")
    >>> error.hint, str(error)
    ("say style='polka'", "'polka' is not a genre; say style='polka'")
    """

    def __init__(self, message: str = "", hint: str | None = None) -> None:
        if len(message) > LONGEST_MESSAGE:
            # It quotes something of somebody's that has no end.
            message = f"{message[: LONGEST_MESSAGE - 400]} … {message[-300:]}"
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}; {self.hint}"


class InputError(SymbolicMusicError, ValueError):
    """The caller gave something that cannot be used."""


class BriefError(InputError):
    """The brief asks for something impossible or unknown."""


class PlanError(InputError):
    """The song plan does not add up."""


class LeadSheetError(InputError):
    """The lead sheet does not fit its bars."""


class EditError(InputError):
    """An edit names what is not there, cannot be done, or contradicts a lock."""


class NotationError(InputError):
    """A chord symbol, key, pitch or meter cannot be read."""


class FileFormatError(InputError):
    """A file is not in the format it should be in."""


class ConstraintError(SymbolicMusicError):
    """No token is legal; names the phrase, the step and the constraints."""


class CheckpointError(SymbolicMusicError):
    """Weights are missing, broken or made for another vocabulary."""


class RenderError(SymbolicMusicError):
    """Audio cannot be made: no synthesizer or no usable soundfont."""


class OutputError(SymbolicMusicError, OSError):
    """A file or folder cannot be written."""


class StoppedError(SymbolicMusicError):
    """A request was cancelled, or used up its time or memory; nothing was written."""


class MissingExtraError(SymbolicMusicError, ImportError):
    """An optional dependency is missing; the message names the extra to install."""
