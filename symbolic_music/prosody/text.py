"""A song's text as people write or paste it: sections, lines, chords between the words.

Tags such as ``[Verse 1]``, ``Chorus:``, ``{soc}`` or ``[Chorus x2]`` begin sections; without any, empty lines part the
stanzas and a stanza that returns is the chorus. A tag alone brings back what a chorus sang before, or is played without
words. ``[Am]`` before or inside a word is a chord (ChordPro). What a tag says beside (``[Outro - fade]``, ``[female
vocal]``) is no word to sing; what was left out is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from symbolic_music.errors import BriefError, NotationError
from symbolic_music.prosody.languages import Language, find_language
from symbolic_music.prosody.syllables import syllables_of
from symbolic_music.song.words import SungLine, SungSyllable
from symbolic_music.tables import read_table
from symbolic_music.theory.chord import means_no_chord, parse_chord

# A line of more syllables is divided, at a comma if it has one near its middle.
MOST_SYLLABLES = 18
# More notes, with melismas, have no room in eight short bars.
MOST_NOTES = 36
# Repetitions that a tag may ask for.
MOST_TIMES = 8
_BRACKETED = re.compile(r"^\s*[\[【(（<{]{1,2}\s*([^\[\]【】<>{}]*?)\s*[\]】)）>}]{1,2}\s*$")
_COLON = re.compile(r"^\s*[*_#]*\s*([^:：]{1,40}?)\s*[*_]*\s*[:：]\s*[*_]*\s*$")
_MARKDOWN = re.compile(r"^\s*(?:#+\s*(.{1,40})|\*\*(.{1,40})\*\*)\s*$")
_DIRECTIVE = re.compile(r"^\s*\{\s*([\w-]+)\s*(?::?\s*([^}]*?)\s*)?\}\s*$")
_OPENS = {"sov": "verse", "start_of_verse": "verse", "soc": "chorus", "start_of_chorus": "chorus", "sob": "bridge",
          "start_of_bridge": "bridge"}  # fmt: skip
_TIMES = re.compile(r"\(?\s*(?:[x×*]\s*(\d+)|(\d+)\s*[x×])\s*\)?\s*$", re.I)
_CHORD = re.compile(r"\[([^\[\]]{1,14})\]")
_DIRECTION = re.compile(
    r"^\s*[(（]\s*(?:repeat.*|instrumental.*|.*\bsolo\b.*|fade.*|spoken.*|.*\bbreak\b.*|x\s*\d+|\d+\s*x|music.*|"
    r"whispered|softly|shouted|pause|silence|.*\bvocals?\b.*)\s*[)）]\s*$", re.I,
)  # fmt: skip
# A stage direction between asterisks, and what stands above a pasted text.
_ASIDE = re.compile(r"^\s*\*[^*]+\*\s*$")
_HEADER = re.compile(r"^\s*(title|artist|style|genre|key|bpm|tempo|mood|by|written by|lyrics)\s*:\s*(.+)$", re.I)
# Lines of karaoke programs (LRC) say when they are sung, and in their head what the song is called.
_TIME = re.compile(r"[\[<]\d{1,3}:\d{2}(?:[.:]\d{1,3})?[\]>]")
_LRC_HEADER = re.compile(r"^\s*\[(ti|ar|al|au|by|la|length|offset|re|ve)\s*:\s*([^\]]*)\]\s*$", re.I)
_MUSIC_SIGNS = re.compile("[♩♪♫♬\ufeff\u200b]")
_FADE = re.compile(r"\bfad(?:e|es|ing)\b", re.I)


@dataclass(frozen=True)
class TextLine:
    """A line: its words with syllables, stresses and the chords between them."""

    words: SungLine

    @property
    def text(self) -> str:
        """As people read it."""
        return self.words.text

    @property
    def same(self) -> str:
        """What lines that are the same have in common: letters alone."""
        return plain_text(self.text)


@dataclass(frozen=True)
class TextSection:
    """A part of the text; ``kind`` is one of the plan's, ``label`` its tag; without lines it is played, not sung."""

    kind: str
    label: str
    lines: tuple[TextLine, ...] = ()
    chords: tuple[str, ...] = ()


@dataclass(frozen=True)
class LyricText:
    """A whole text. ``remarks`` say what was not sung and what is not known of the language."""

    language: Language
    sections: tuple[TextSection, ...]
    title: str | None = None
    fades: bool = False
    remarks: tuple[str, ...] = field(default=())

    @property
    def n_syllables(self) -> int:
        """All syllables."""
        return sum(len(line.words.syllables) for section in self.sections for line in section.lines)


def plain_text(text: str) -> str:
    """Letters and figures alone, in small letters.

    Examples
    --------
    >>> plain_text("Oh, let it be!")
    'oh let it be'
    """
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", text).lower()))


@cache
def _section_words() -> dict[str, str]:
    """Kinds by what people call them."""
    table = read_table("symbolic_music.prosody", "sections.yaml")
    return {str(word): kind for kind, words in table.items() for word in words}


@dataclass
class _Raw:
    """A section while its lines are collected."""

    kind: str
    label: str
    times: int = 1
    is_tagged: bool = True
    lines: list[str] = field(default_factory=list)


def read_lyrics(text: str, language: str | None = None) -> LyricText:
    """Read a text.

    Parameters
    ----------
    text : str
        As written or pasted.
    language : str, optional
        Its code, such as ``de``; found from the words if left out.

    Raises
    ------
    BriefError
        If there is nothing to sing.
    InputError
        If the language is not known.

    Examples
    --------
    >>> song = read_lyrics("[Verse]\\nHow I wonder\\nwhat you are\\n[Chorus x2]\\nTwinkle (twinkle)\\n")
    >>> [(section.kind, [str(line.words) for line in section.lines]) for section in song.sections][:2]
    [('verse', ['How I ˈwon·der', 'what you are']), ('chorus', ['ˈTwin·kle ˈ(twin·kle)'])]
    """
    remarks: list[str] = []
    raw, title, fades = _collect(text, remarks)
    sung = "\n".join(_CHORD.sub("", line) for section in raw for line in section.lines)
    found = find_language(sung, language)
    remarks += _about(found, sung)
    sections: list[TextSection] = []
    for one in _named(raw):
        lines = tuple(part for line in one.lines for part in _lines_of(line, found))
        chords = () if lines else tuple(chord for line in one.lines for chord in _chords_alone(line))
        before = [other for other in sections if other.kind == one.kind and other.lines]
        if not lines and not chords and one.kind in ("chorus", "pre-chorus") and before:
            lines = before[0].lines
        sections += [TextSection(one.kind, one.label, lines, chords)] * one.times
    if not any(section.lines for section in sections):
        raise BriefError("the lyrics have no words to sing", "write lines of text; tags such as [Verse] begin sections")
    return LyricText(found, tuple(sections), title, fades, tuple(dict.fromkeys(remarks)))


def _collect(text: str, remarks: list[str]) -> tuple[list[_Raw], str | None, bool]:
    """Part a text into sections of lines."""
    sections: list[_Raw] = []
    title, fades, is_open = None, False, False
    for line in _TIME.sub("", _MUSIC_SIGNS.sub(" ", unicodedata.normalize("NFC", text))).splitlines():
        named = _LRC_HEADER.match(line)
        if named is not None:
            title = named[2].strip() or title if named[1].lower() == "ti" else title
            continue
        directive = _DIRECTIVE.match(line)
        if directive is not None:
            name, value = directive[1].lower(), directive[2] or ""
            title = value if name in ("title", "t") and value else title
            opened = _OPENS.get(name) or ("chorus" if name == "chorus" else None)
            if opened is None and name in ("c", "comment", "ci", "comment_italic"):
                opened = _kind_of(value)
            if opened is not None:
                sections.append(_Raw(opened, value or opened))
                is_open = True
            elif name.startswith("eo") or name.startswith("end_of"):
                is_open = False
            continue
        header = _HEADER.match(line)
        if header is not None and not sections:
            title = header[2].strip(" \"'") if header[1].lower() == "title" else title
            continue
        tag = _tag_of(line)
        if tag is not None:
            label, rest = tag
            fades = fades or bool(_FADE.search(rest))
            kind = _kind_of(label)
            if kind is not None:
                sections.append(_Raw(kind, label, _times(rest)))
                is_open = True
            else:
                remarks.append(f"[{rest}] is no section and no chord: read as a direction, not sung")
            continue
        if _DIRECTION.match(line) or _ASIDE.match(line):
            fades = fades or bool(_FADE.search(line))
            remarks.append(f"{line.strip()} is read as a direction, not sung")
            continue
        if not line.strip():
            is_open = is_open and bool(sections) and sections[-1].is_tagged
            continue
        if not is_open:
            has_tags = any(section.is_tagged for section in sections)
            sections.append(_Raw("verse", "verse", is_tagged=has_tags))
            is_open = True
        sections[-1].lines += _repeated(line)
    return sections, title, fades


def _tag_of(line: str) -> tuple[str, str] | None:
    """A tag's label and all that it says; ``None`` for a line to sing."""
    bare = line.strip(" \t*_#")
    match = _BRACKETED.match(bare)
    if match is not None:
        inside = match[1]
        is_square = bare[0] in "[【<{"
        label = re.split(r"\s*[-–—:|,;：(/]\s*", inside)[0] if _kind_of(inside) is None else inside
        if is_square and _is_chord(inside):
            return None
        if is_square or _kind_of(label) is not None:
            return label, inside
        return None
    match = _COLON.match(line) or _MARKDOWN.match(line)
    if match is not None:
        inside = next(group for group in match.groups() if group)
        if _kind_of(inside) is not None:
            return inside, inside
    # A line that is nothing but VERSE 1, Chorus, or Refrain x2.
    is_bare = (
        len(bare) > 3
        and _kind_of(bare) is not None
        and (bare.isupper() or re.search(r"\d", bare) or len(plain_text(bare)) > 4)
    )
    return (bare, bare) if is_bare and len(bare.split()) <= 3 else None


def _kind_of(label: str) -> str | None:
    """The kind of section that a label says; numbers and repetitions are taken off."""
    words = _section_words()
    plain = label.lower().strip(" .*_#-–")
    for one in (plain, _TIMES.sub("", plain).strip()):
        for name in (
            one,
            re.sub(r"\s*[\d#]+[a-z]?$|^\d+(?:st|nd|rd|th|\.)?\s*|\s+(?:i{1,3}|iv|v|one|two|three|four)$", "", one),
        ):
            name = name.strip(" .-–")
            if name in words:
                return words[name]
    return None


def _times(tag: str) -> int:
    """How often a tag wants its section."""
    match = _TIMES.search(tag)
    return min(MOST_TIMES, max(1, int(match[1] or match[2]))) if match else 1


def _repeated(line: str) -> list[str]:
    """A line as often as it says: ``Hey ya (x2)``."""
    match = _TIMES.search(line)
    if match is None or not line[: match.start()].strip():
        return [line]
    return [line[: match.start()]] * min(MOST_TIMES, max(1, int(match[1] or match[2])))


def _named(raw: list[_Raw]) -> list[_Raw]:
    """Sections with something in them; stanzas without tags that return are the chorus."""
    kept = [one for one in raw if one.lines or one.kind != "verse"]
    # [End] after an outro is no second one.
    kept = [
        one for before, one in zip([None, *kept], kept, strict=False)
        if one.lines or one.kind != "outro" or before is None or before.kind != "outro"
    ]  # fmt: skip
    if any(one.is_tagged for one in kept):
        return kept
    texts = [plain_text(" ".join(one.lines)) for one in kept]
    # Stanzas that begin with the same line, as refrains with a changed end do, return too.
    firsts = [plain_text(one.lines[0]) for one in kept]
    is_back = [texts.count(text) > 1 or firsts.count(first) > 1 for text, first in zip(texts, firsts, strict=True)]
    if all(is_back):
        return kept
    return [replace_kind(one, "chorus") if back else one for one, back in zip(kept, is_back, strict=True)]


def replace_kind(section: _Raw, kind: str) -> _Raw:
    """The same lines as another kind of section."""
    return _Raw(kind, kind, section.times, section.is_tagged, section.lines)


def _is_chord(text: str) -> bool:
    """Whether brackets hold a chord."""
    try:
        return bool(parse_chord(text))
    except NotationError:
        return means_no_chord(text)


def _chords_alone(line: str) -> list[str]:
    """The chords of a line that has no words."""
    return [chord for chord in _CHORD.findall(line) if _is_chord(chord)]


def _lines_of(line: str, language: Language) -> Iterator[TextLine]:
    """Divide a line into syllables, and in two if it is too long to sing in a breath."""
    plain, at = "", 0
    marks: list[tuple[int, str]] = []  # letters before a chord, the chord
    for match in _CHORD.finditer(line):
        plain += line[at : match.start()]
        at = match.end()
        if _is_chord(match[1]):
            marks.append((len(re.sub(r"\s", "", plain)), match[1]))
    plain = re.sub(r"[*#]+", "", plain + line[at:])
    syllables: list[SungSyllable] = list(syllables_of(plain, language))
    if not syllables:
        return
    ends = []
    n_letters = 0
    for one in syllables:
        n_letters += len(re.sub(r"\s", "", one.text)) + one.n_notes - 1
        ends.append(n_letters)
    for letters, chord in marks:
        # The syllable that the chord stands before or in.
        place = next((place for place, end in enumerate(ends) if letters < end), len(syllables) - 1)
        syllables[place] = replace(syllables[place], chord=chord)
    yield from _in_breaths(TextLine(SungLine(tuple(syllables))))


def _in_breaths(line: TextLine) -> Iterator[TextLine]:
    """Cut a line that is too long between words, best after a comma near its middle."""
    syllables = line.words.syllables
    if len(syllables) <= MOST_SYLLABLES and (line.words.n_notes <= MOST_NOTES or len(syllables) == 1):
        yield line
        return
    middle = len(syllables) / 2
    ends = [place + 1 for place, one in enumerate(syllables[:-1]) if not one.goes_on]
    if not ends:
        ends = [len(syllables) // 2]
    pauses = {place for place in ends if syllables[place - 1].text[-1] in ",;:.!?—–，。、；！？"}
    cut = min(ends, key=lambda place: abs(place - middle) - (len(syllables) / 5 if place in pauses else 0))
    head = (*syllables[: cut - 1], replace(syllables[cut - 1], goes_on=False))
    yield from _in_breaths(TextLine(SungLine(head)))
    yield from _in_breaths(TextLine(SungLine(syllables[cut:])))


def _about(language: Language, text: str) -> Iterator[str]:
    """What is not known about a language, for the reader."""
    if not language.code:
        yield "the words are in no language that we have rules for: vowels say how many syllables, stress is unknown"
    elif language.stress == "unknown":
        yield f"{language.name}: stresses are heard from espeak-ng where it is installed, else left open"
    elif language.code == "ja" and re.search("[㐀-鿿]", text):
        yield "Japanese: a kanji is sung as one syllable; write its reading as 漢字(かんじ) or in kana"
    if re.search(r"\d", re.sub(r"\(?[x×]\s*\d+\)?", "", text)):
        yield "figures are sung as one syllable each; write numbers as words"
