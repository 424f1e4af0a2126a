"""ChordPro, the song sheet of guitarists: chords in brackets inside the words, directives in braces.

Only what a chart needs is taken: chords, sections, the key, and grids with their bar lines. A sheet has no bars
outside its grids, so every chord of it is one.
"""

from __future__ import annotations

import re

from symbolic_music.theory.roman import is_chord

_DIRECTIVE = re.compile(r"\{\s*([\w-]+)\s*(?::?\s*([^}]*?)\s*)?\}")
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_SECTIONS = {
    "soc": "chorus", "start_of_chorus": "chorus", "sov": "verse", "start_of_verse": "verse", "sob": "bridge",
    "start_of_bridge": "bridge", "chorus": "chorus",
}  # fmt: skip
_NAMING = ("c", "comment", "ci", "comment_italic", "cb", "comment_box")
_GRID = {"sog": True, "start_of_grid": True, "eog": False, "end_of_grid": False}
_SECTION_WORDS = re.compile(r"\b(intro|verse|pre-?chorus|chorus|refrain|bridge|solo|interlude|outro|coda)\b", re.I)


def is_chordpro(text: str) -> bool:
    """Whether a text has a directive, or chords in brackets among words.

    Examples
    --------
    >>> is_chordpro("[C]Hello [Am]again"), is_chordpro("[Chorus] C | F")
    (True, False)
    """
    return _DIRECTIVE.search(text) is not None or any(_has_bracketed(line) for line in text.splitlines())


def _has_bracketed(line: str) -> bool:
    """Whether a line has chords in brackets: two of them, or one before or in words."""
    inside = _BRACKETS.findall(line)
    rest = _BRACKETS.sub("", line).strip()
    if not inside or not all(is_chord(word) for word in inside) or "|" in line:
        return False
    return len(inside) > 1 or (bool(rest) and not all(is_chord(word) for word in rest.split()))


def key_of_chordpro(text: str) -> str | None:
    """The key that a sheet says, as it is written."""
    return next((match[2] for match in _DIRECTIVE.finditer(text) if match[1].lower() == "key" and match[2]), None)


def said_by_chordpro(text: str) -> dict[str, str]:
    """What a sheet says of the song: ``title``, ``tempo`` and ``time``, as it is written.

    Examples
    --------
    >>> said_by_chordpro("{t: Home}\\n{tempo: 92}\\n[C]Leaving [F]home")
    {'title': 'Home', 'tempo': '92'}
    """
    long = {"t": "title"}
    found = ((long.get(match[1].lower(), match[1].lower()), match[2]) for match in _DIRECTIVE.finditer(text))
    said: dict[str, str] = {}
    for name, value in found:
        if name in ("title", "tempo", "time") and value:
            said.setdefault(name, value)
    return said


def as_chart(text: str) -> str:
    """Write a sheet's chords as a chart, line by line, sections before them.

    Parameters
    ----------
    text : str
        A sheet in ChordPro.

    Returns
    -------
    str
        A bar for every chord; grids keep their bar lines.

    Examples
    --------
    >>> as_chart("{soc}\\n[C]Sing [F]on\\n{eoc}")
    '[chorus]\\n| C | F |'
    """
    lines: list[str] = []
    in_grid = False
    for line in text.splitlines():
        directive = _DIRECTIVE.fullmatch(line.strip())
        if directive is not None:
            name = directive[1].lower()
            in_grid = _GRID.get(name, in_grid)
            lines += _section(name, directive[2] or "")
        elif in_grid and "|" in line:
            lines.append(line)
        else:
            chords = [word for word in _BRACKETS.findall(line) if not word.startswith("*")]
            labels = [word for word in chords if not is_chord(word) and _SECTION_WORDS.search(word)]
            lines += [f"[{label}]" for label in labels]
            kept = [word for word in chords if word not in labels]
            lines += [f"| {' | '.join(kept)} |"] if kept else []
    return "\n".join(lines)


def _section(name: str, value: str) -> list[str]:
    """The line that begins a section, if a directive does."""
    if name in _SECTIONS:
        return [f"[{value or _SECTIONS[name]}]"]
    word = _SECTION_WORDS.search(value) if name in _NAMING else None
    return [f"[{value}]"] if word else []
