"""Who is to play, read from prose: a band list in a plan's words from what a prompt says about instruments.

- ``trumpet lead``, ``guitar solo``, ``flute melody``, ``lead guitar``, ``led by a violin``: who has the tune.
- ``with strings``, ``plus organ``, or an instrument alone: joins the style's band.
- ``only piano``, ``solo piano``, ``just a guitar and voice``, ``piano trio``, ``a cappella``: nobody else plays.
  A list that has a bass, drums and somebody besides them is a whole band too.
- ``no drums``, ``without bass or piano``, ``instrumental`` (no voice), ``no melody``: taken away.
- ``for two violins``, ``sonata for flute and piano``: these and nobody else, as a piece of chamber music names them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symbolic_music.errors import NotationError
from symbolic_music.styles.band import OWN_BAND
from symbolic_music.styles.seats import are_alike
from symbolic_music.styles.style import Style
from symbolic_music.theory.instruments import INSTRUMENT_NAMES, find_instrument

OWN = OWN_BAND[0]
_LEADING = r"leads?|solos?|soloing|hooks?|melody|melodies|tune|riffs?|line|fills?"
_AFTER = re.compile(rf"\s*[- ]?(?:{_LEADING}|sings? the (?:tune|melody)|on (?:lead|top|the melody|the tune))\b", re.I)
_BEFORE = re.compile(
    r"(?:\blead(?:ing)?|\bsoaring|\bled by|\bsung by|\bcarried by"
    r"|\b(?:melody|tune|lead|hook) (?:on|by|for|played (?:by|on)))(?: an?| the)?\s*$", re.I,
)  # fmt: skip
_ROLE = re.compile(r"\s*[- ]?(?P<role>rhythm|comping|chords?|pads?|arpeggios?|arps?)\b", re.I)
_REFUSING = re.compile(r"\b(?:no|without|minus|not any|leave out|except)(?: an?y?| the)?\s*$", re.I)
_JOINED = re.compile(r"\s*(?:,|/|and|or|nor|&|,\s*and|,\s*or|,\s*no|and no)\s*(?:an?\s+|any\s+|the\s+)?", re.I)
_ONLY_BEFORE = re.compile(r"\b(?:only|just|nothing but|unaccompanied|solely)(?: for)?(?: an?| the| one)?\s*$", re.I)
# A piece for somebody is for nobody else; the dash is what is read already ("slow waltz for ...").
_PIECE_FOR = re.compile(
    r"\b(?:pieces?|sonata|sonatina|duet|duo|trio|quartet|canon|fugue|invention|[eé]tude|study|suite|nocturne|prelude"
    r"|romance|bagatelle|serenade|fantasy|variations|music) (?P<for>for)(?: an?| the| one| solo)?\s*$", re.I,
)  # fmt: skip
NO_TUNE = "no melody"
_NO_TUNE = re.compile(r"\b(?:no|without)(?: an?y?| the)? (?:lead )?(?:melody|melodies|tune|topline)\b", re.I)
_COUNT_BEFORE = re.compile(r"\b(?P<count>two|three|four|2|3|4)\s*$", re.I)
_INSTRUMENTAL = re.compile(
    r"\binstrumentals?\b(?!\s+(?:section|part|break|intro|interlude|bridge|outro|solo)s?\b)", re.I
)
# What several of a kind are, where the plural alone would mean a section.
_EACH = {"violins": "violin", "trumpets": "trumpet", "horns": "french horn"}
_SOLO_BEFORE = re.compile(r"(?P<with>\bwith an? )?\bsolo\s*$", re.I)
_ONLY_AFTER = re.compile(
    r"\s*(?:only|alone|on its own|by itself|and nothing else|and nobody else|unaccompanied)\b", re.I
)
_ENSEMBLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"a[ -]?cap+ell?a|voices only|only voices", ("voice lead", "choir")),
    (r"string (?:quartet|trio)", ("violin lead", "viola", "cello", "pizzicato strings")),
    (r"(?:wood)?wind (?:quartet|quintet)", ("flute lead", "clarinet", "bassoon", "french horn arpeggio")),
    (r"brass (?:quartet|quintet)", ("trumpet lead", "french horn", "trombone", "tuba")),
    (r"piano trio|jazz trio", ("piano", "upright bass", "jazz drums")),
    (r"power trio|guitar trio", ("overdriven guitar", "picked bass", "drums")),
    (r"organ trio", ("drawbar organ", "jazz guitar lead", "jazz drums")),
)
# Whole bands by their number, for those who do not name them.
_TRIO = {"jazz": ("piano", "upright bass", "jazz drums"), "other": ("electric guitar", "bass", "drums")}
_NUMBER = re.compile(r"\b(?:trio|duo|duet|quartet|quintet)s?\b", re.I)
_SINGING = ("voice", "choir", "synth voice", "voice lead")
_REACH = 80
# What "guitar" alone means where guitars are amplified.
_ELECTRIC_FAMILIES = ("rock", "blues", "soul", "pop", "caribbean", "african")
_LOUD_STYLES = ("metal", "hard rock", "punk", "rock", "indie rock", "surf")
_CHURCH_STYLES = ("hymn", "spiritual")
_ACOUSTIC = ("acoustic", "nylon", "folk", "steel")


@dataclass(frozen=True)
class Players:
    """A band list, and the stretches of the text that say it."""

    band: tuple[str, ...] | None
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Named:
    """An instrument in the text: where, as what it plays, and whether it is refused or alone."""

    start: int
    end: int
    name: str
    role: str = ""
    refused: bool = False
    alone: bool = False


def read_players(text: str, style: Style | None = None) -> Players:
    """Read who is to play.

    Parameters
    ----------
    text : str
        A prompt; stretches that are read already are blanked with ``|``.
    style : Style, optional
        The song's, if the prompt names one: it tells which guitar is meant.

    Returns
    -------
    Players
        ``band`` is None where nobody is named.

    Examples
    --------
    >>> read_players("swing jazz, trumpet lead, no piano").band
    ('band', 'trumpet lead', 'no piano')
    >>> read_players("slow ballad for solo piano").band
    ('piano',)
    """
    spans: list[tuple[int, int]] = []
    ensemble: tuple[str, ...] = ()
    for pattern, players in _ENSEMBLES:
        for match in re.finditer(rf"\b(?:{pattern})\b", text, re.I):
            ensemble = ensemble or players
            text = _blank(text, match.span())
            spans.append(match.span())
    named = _named_players(text, style)
    number = _NUMBER.search(text)
    if number is not None:
        spans.append(number.span())
        if not any(not player.refused for player in named):
            jazz = style is not None and style.family in ("jazz", "latin")
            ensemble = ensemble or _TRIO["jazz" if jazz else "other"]
    spans += [(player.start, player.end) for player in named]
    refusals = list(_NO_TUNE.finditer(text))
    spans += [match.span() for match in refusals]
    if (word := _INSTRUMENTAL.search(text)) and not any(player.name in _SINGING for player in named):
        named = [*named, _Named(*word.span(), "voice", refused=True)]
    band = _band(named, ensemble, is_whole=number is not None)
    if refusals:
        band = (*(band or (OWN,)), NO_TUNE)
    return Players(band, tuple(spans))


def say_band(band: Sequence[str]) -> str:
    """Say a band list the way a musician would."""
    return ", ".join("the style's band" if entry in OWN_BAND else entry for entry in band)


def _band(named: Sequence[_Named], ensemble: tuple[str, ...], is_whole: bool) -> tuple[str, ...] | None:
    """The band list of what was read."""
    players = list(dict.fromkeys([*ensemble, *(_entry(player) for player in named if not player.refused)]))
    gone = [find_instrument(player.name) for player in named if player.refused]
    players = [entry for entry in players if not any(are_alike(find_instrument(entry), other) for other in gone)]
    refused = list(dict.fromkeys(f"no {player.name}" for player in named if player.refused))
    if not players and not refused:
        return None
    alone = [_entry(player) for player in named if player.alone]
    if alone and not ensemble:
        return tuple(dict.fromkeys(alone))
    if players and (ensemble or is_whole or _is_whole_band(players)):
        return tuple(players)
    return (OWN, *players, *refused)


def _entry(player: _Named) -> str:
    """A player as a band list names it."""
    return f"{player.name} {player.role}".strip()


def _is_whole_band(players: Sequence[str]) -> bool:
    """Whether a list has drums, a bass and somebody besides them."""
    found = [find_instrument(name) for name in players]
    bass = [instrument for instrument in found if not instrument.is_drum and instrument.program in range(32, 40)]
    return len(found) > 2 and any(instrument.is_drum for instrument in found) and bool(bass)


def _named_players(text: str, style: Style | None) -> list[_Named]:
    """Every instrument of the text in order; a refusal, and ``only``, go on through a list."""
    found: list[_Named] = []
    for start, end, spelling in _spelled(text):
        # What is said of a player stands beside its name: looking no farther keeps long texts fast.
        base = max(0, start - _REACH)
        before, after = text[base:start], text[end : end + _REACH]
        last = found[-1] if found else None
        if last is not None and start < last.end:
            continue  # "organ pad" names one player
        goes_on = last is not None and _JOINED.fullmatch(text[last.end : start]) is not None
        refusal, solo = _REFUSING.search(before), _SOLO_BEFORE.search(before)
        count = _COUNT_BEFORE.search(before)
        only = _ONLY_BEFORE.search(before) or (solo if solo and solo["with"] is None else None)
        piece = _PIECE_FOR.search(before[: count.start()] if count else before)
        lead_before, lead_after = _BEFORE.search(before), _AFTER.match(after)
        role = _ROLE.match(after)
        if solo is not None and only is None:
            lead_before = solo
        tail = _ONLY_AFTER.match(after, lead_after.end() if lead_after else 0)
        refused = refusal is not None or (goes_on and last is not None and last.refused and lead_after is None)
        alone = (
            only is not None or piece is not None or tail is not None or (goes_on and last is not None and last.alone)
        )
        leads = not refused and (lead_before is not None or lead_after is not None)
        stop = end + max((match.end() for match in (lead_after, role, tail) if match), default=0)
        said = [match.start() for match in (refusal, only, lead_before, solo, count) if match]
        said += [] if piece is None else [piece.start("for")]
        first = base + min(said, default=len(before))
        one = _EACH.get(text[start:end].lower(), spelling) if count else spelling
        name = _instrument(one, None if refused else style, leads)
        word = "lead" if leads else _role_word(role["role"]) if role else ""
        if count and alone and not refused and not word:
            # Two of a kind are one who leads and one who does not.
            found.append(_Named(first, stop, name, "lead", refused, alone))
        found.append(_Named(first, stop, name, word, refused, alone))
    if any(player.alone for player in found) and found[-1].alone:
        found = _all_alone(found, text)
    return found


def _all_alone(found: list[_Named], text: str) -> list[_Named]:
    """Let ``only`` after a list mean the whole list: ``piano and bass only``."""
    result = list(found)
    for index in range(len(result) - 2, -1, -1):
        later = result[index + 1]
        if later.alone and _JOINED.fullmatch(text[result[index].end : later.start]):
            one = result[index]
            result[index] = _Named(one.start, one.end, one.name, one.role, one.refused, True)
    return result


def _role_word(word: str) -> str:
    """A role as band lists write it."""
    word = word.lower().removesuffix("s")
    return {"arp": "arpeggio", "chord": "chords", "comping": "chords"}.get(word, word)


def _instrument(spelling: str, style: Style | None, leads: bool) -> str:
    """The instrument that a spelling means: as a band list names it."""
    word = spelling.lower().removesuffix("s")
    if word == "guitar" and style is not None and style.family in _ELECTRIC_FAMILIES:
        own = style.lead if leads else style.band.get("guitar")
        if own is not None and "guitar" in own:
            return own
        if not any(sound in (style.band.get("guitar") or "") for sound in _ACOUSTIC):
            return "overdriven guitar" if style.name in _LOUD_STYLES or leads else "electric guitar"
    own = _own_of_style(word, style, leads) if style is not None else None
    if own is not None:
        return own
    try:
        return find_instrument(spelling).name
    except NotationError:
        return find_instrument(word).name


def _own_of_style(word: str, style: Style, leads: bool) -> str | None:
    """What a plain name means in a style: jazz has an upright bass, a hymn a church organ, swing a tenor saxophone."""
    kind = {"sax": "saxophone", "drum": "drums", "bas": "bass"}.get(word, word)
    if kind == "organ" and style.name in _CHURCH_STYLES:
        return "church organ"
    if kind in ("bass", "drums"):
        return style.band.get("bass" if kind == "bass" else "drums")
    if kind not in ("organ", "saxophone"):
        return None
    players = [style.lead, *style.band.values()] if leads or kind == "saxophone" else list(style.band.values())
    return next((name for name in players if name is not None and find_instrument(name).name.endswith(kind)), None)


def _spelled(text: str) -> list[tuple[int, int, str]]:
    """Instruments by their English names, the longest first, in order of their place."""
    hits: list[tuple[int, int, str]] = []
    taken, lowered = bytearray(len(text)), text.lower()
    for spelling in sorted(INSTRUMENT_NAMES, key=len, reverse=True):
        if spelling not in lowered:
            continue
        for match in re.finditer(rf"(?<![\w|#-]){re.escape(spelling)}s?(?![\w#-])", text, re.I):
            start, end = match.span()
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                hits.append((start, end, spelling))
    return sorted(hits)


def _blank(text: str, span: tuple[int, int]) -> str:
    """Blank a stretch that is read."""
    return text[: span[0]] + "|" * (span[1] - span[0]) + text[span[1] :]
