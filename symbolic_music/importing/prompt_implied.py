"""What prompts imply: purposes, eras and images let one expect something; vague words are heard by their meaning.

All of it fills only what nothing else says. An image of the lexicon goes before a guess by meaning where it says all
that a clause says; with more words around it ("the last day of summer") the whole clause is weighed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from symbolic_music.importing.meaning import Guess, guess_meaning
from symbolic_music.importing.players import read_players
from symbolic_music.importing.prompt_lexicon import (
    WHY,
    Implication,
    implications,
    names_player,
    spelled,
    words_of,
)
from symbolic_music.importing.prompt_text import PromptText
from symbolic_music.styles.style import load_style

# Who is to play is read in so many letters of a prompt: every player is weighed against the words around all others.
BAND_LETTERS = 2000
# So many letters say what is meant; clauses with fewer words of their own say too little.
MEANING_LETTERS = 400
LEAST_WORDS = 2
LEAST_OF_SUBJECT = 0.3
_IMAGE = "image"
_CLAUSE = re.compile(r"[^,;.:!?()\n]+")
# Somebody whom the song is to be like: a name says nothing by its meaning.
_NAMED = re.compile(
    r"\b(?:like|by|style of|à la|a la|reminiscent of|inspired by) [A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*)+"
    r"|\b[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*)+(?=[ -](?:styled?|type|inspired)\b)"
)
_WORD = re.compile(r"(?<!\w)[^\W\d_][\w'’-]*")
Span = tuple[int, int]


def read_implied(reading: PromptText) -> None:
    """Fill what is still open by what purposes and eras let one expect, in this order."""
    for span, entry in _hits(reading, [why for why in WHY if why != _IMAGE]):
        _fill(reading, span, entry)
    reading.blank()


def read_vague(reading: PromptText) -> None:
    """Fill what is still open by images, and by what other vague words mean."""
    images = _hits(reading, [_IMAGE])
    players = read_players(reading.rest[:BAND_LETTERS]).spans
    clauses = [] if _is_settled(reading) else list(_vague_clauses(reading, [span for span, _ in images], players))
    for span, entry in images:
        if not any(_is_in(span, clause) for clause in clauses):
            _fill(reading, span, entry)
    text = ", ".join([*reading.stories, *(reading.words(*clause) for clause in clauses)])[:MEANING_LETTERS]
    guess = guess_meaning(text) if text and not _is_settled(reading) else None
    # The subject of a song ("the sea") says less of its mood than a scene does.
    surely = guess is not None and (bool(clauses) or guess.moods[0][1] >= LEAST_OF_SUBJECT)
    if surely and guess is not None and _keep_guess(reading, guess, text):
        # Who plays is read after this.
        reading.done += [part for clause in clauses for part in _without(clause, players)]
    else:
        for span, entry in images:
            _fill(reading, span, entry)
    reading.blank()


def _hits(reading: PromptText, whys: list[str]) -> list[tuple[Span, Implication]]:
    """Where the lexicon's purposes, eras or images stand, the surest kind first."""
    spellings: dict[str, object] = {
        word: entry for entry in implications() if entry.why in whys for word in entry.spellings
    }
    hits = [
        (span, entry)
        for span, entry in spelled(reading.rest, spellings)
        if isinstance(entry, Implication) and not names_player(reading.rest, *span)
    ]
    return sorted(hits, key=lambda hit: (whys.index(hit[1].why), hit[0]))


def _fill(reading: PromptText, span: Span, entry: Implication) -> None:
    """Fill what an entry of the lexicon lets one expect."""
    said = reading.words(*span)
    for name, value in entry.fields.items():
        if name not in reading.fields and _agrees(reading, span, name, value):
            reading.fields[name] = float(value) if isinstance(value, int) and name != "key_lift" else value
            reading.said.append((name, said))
            reading.implied[name] = WHY[entry.why]
    reading.done.append(span)


def _agrees(reading: PromptText, span: Span, name: str, value: object) -> bool:
    """Whether an implied style is of the genre and meter that are said, and nobody else says who plays."""
    if name == "band":
        others = reading.rest[: span[0]] + " " * (span[1] - span[0]) + reading.rest[span[1] :]
        return not read_players(others[:BAND_LETTERS]).band
    if name != "style":
        return True
    style = load_style(str(value))
    meter = str(reading.fields.get("meter", style.meters[0]))
    return reading.fields.get("genre", style.genre) == style.genre and style.fits(meter)


def _is_settled(reading: PromptText) -> bool:
    """Whether nothing is open that a guess could fill."""
    return "mood" in reading.fields and ("style" in reading.fields or "genre" in reading.fields)


def _vague_clauses(reading: PromptText, images: list[Span], players: Sequence[Span]) -> Iterator[Span]:
    """Clauses with words that nobody has read and that mean something; the whole prompt where nothing else is said."""
    small = words_of("ignore") | words_of("english") | words_of("structure")
    says_more = bool(reading.fields) or bool(players)
    heard = _NAMED.sub(lambda name: "|" * len(name[0]), reading.rest[:BAND_LETTERS])
    for clause in _CLAUSE.finditer(heard):
        words = [
            match for match in _WORD.finditer(heard, *clause.span())
            if match[0].lower() not in small and not any(_is_in(match.span(), span) for span in players)
        ]  # fmt: skip
        own = [match for match in words if not any(_is_in(match.span(), span) for span in images)]
        if own and (len(words) >= LEAST_WORDS or not says_more):
            start, end = _unread(heard, clause.span())
            yield start, end


def _unread(text: str, span: Span) -> Span:
    """A clause without what is read at its ends."""
    start, end = span
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip("| ")), end - (len(inside) - len(inside.rstrip("| ")))


def _without(span: Span, holes: Sequence[Span]) -> Iterator[Span]:
    """A stretch but for some others."""
    start = span[0]
    for first, last in sorted(holes):
        if start < last and first < span[1]:
            # The spaces beside it stay, or it would be no word.
            yield start, max(start, first - 1)
            start = last + 1
    yield start, max(start, span[1])


def _is_in(span: Span, around: Span) -> bool:
    """Whether a stretch lies in another."""
    return around[0] <= span[0] and span[1] <= around[1]


def _keep_guess(reading: PromptText, guess: Guess, text: str) -> bool:
    """Keep what a guess is sure enough of, with how sure it is."""
    style, mood = guess.style, guess.mood(is_alone=not reading.fields)
    kept = False
    if style is not None and not {"style", "genre"} & set(reading.fields) and _agrees(reading, (0, 0), "style", style):
        kept = _keep(reading, "style", style, f" ({guess.how}, {_percent(guess.styles[0][1])} sure)", text)
    if mood is not None and "mood" not in reading.fields:
        other = f"; else {guess.moods[1][0]}" if len(guess.moods) > 1 else ""
        kept = _keep(reading, "mood", mood, f" ({guess.how}, {_percent(guess.moods[0][1])} sure{other})", text)
    return kept


def _keep(reading: PromptText, name: str, value: str, why: str, said: str) -> bool:
    """Keep one value of a guess."""
    reading.fields[name] = value
    reading.said.append((name, said))
    reading.implied[name] = why
    return True


def _percent(share: float) -> str:
    """A share in words."""
    return f"{100 * share:.0f} %"
