"""Words and music: words set to a tune, tunes written to words, and the bars with their syllables as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from symbolic_music.analysis.word_setting import Row, WordSetting, set_lines
from symbolic_music.errors import BriefError, InputError
from symbolic_music.evaluation.sung import stress_shares
from symbolic_music.pipeline.creation import CreateOptions, Song, run_compose
from symbolic_music.pipeline.own_music import play_by_hand
from symbolic_music.pipeline.requests import MelodyRequest
from symbolic_music.prosody.text import LyricText
from symbolic_music.remarks import tell
from symbolic_music.song.brief import Brief
from symbolic_music.song.document import parse_document
from symbolic_music.song.leadsheet import LeadSheet, score_of_lead_sheet
from symbolic_music.song.lyrics import Syllable, of_verse, verses_of
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, Track, singer
from symbolic_music.song.words import MAIN_STRESS, SungLine
from symbolic_music.theory.pitch import name_pitch

# Stanzas are verses of one tune if together they have so many more syllables than the tune has notes.
_VERSES_FROM = 1.3
# A group of sections fills a tune up to this many syllables a note.
_FULL = 1.1
_COLUMN = 3


def set_words(song: Song, text: LyricText) -> Song:
    """Set words to a song's tune; stanzas that are too many for one turn become its verses.

    Parameters
    ----------
    song : Song
        With a tune.
    text : LyricText
        Its tags and chords say nothing here.

    Raises
    ------
    InputError
        If the song has no tune.
    """
    rows = rows_of(song.lead_sheet.melody)
    if not rows:
        raise InputError(f"{song.plan.title}: there is no tune to sing", "write one: symbolic-music melody words.txt")
    groups = _verses(text, len(rows))
    bars = song.lead_sheet.lines
    lyrics: list[Syllable] = []
    left_out = split = 0
    # The fullest verse first: where it needs notes struck again, the others hold them.
    order = sorted(range(len(groups)), key=lambda place: -_count(groups[place]))
    for place in order:
        made = set_lines(rows, groups[place], bars, text.language.code, place + 1)
        lyrics = [_longer(one, rows, made) for one in lyrics] + list(made.lyrics)
        rows = list(made.notes)
        left_out, split = left_out + made.n_left_out, split + made.n_split
    said = [f"{split} notes are struck again for a second syllable"] if split else []
    said += [f"{left_out} syllables have no note: the words are too many for the tune"] if left_out else []
    said += list(text.remarks)
    ordered = tuple(sorted(lyrics, key=lambda one: (one.tick, one.verse)))
    remarks = (*song.lead_sheet.remarks, *tell(song.plan.title, said))
    sheet = replace(song.lead_sheet, melody=make_notes(rows), lyrics=ordered, remarks=remarks)
    plan = _without_words(song.plan).model_copy(update={"language": text.language.code or None})
    score = _with_words(song.score, song.lead_sheet, sheet)
    return replace(song, plan=plan, lead_sheet=sheet, score=score, provenance={**song.provenance, "words": "set"})


def _count(lines: Sequence[SungLine]) -> int:
    """Syllables of lines."""
    return sum(len(line.syllables) for line in lines)


def _verses(text: LyricText, n_notes: int) -> list[list[SungLine]]:
    """Part a text into the verses of a tune: all of it, or groups of sections that each fill it."""
    sung = [[line.words for line in section.lines] for section in text.sections if section.lines]
    if text.n_syllables <= _VERSES_FROM * n_notes or len(sung) == 1:
        return [[line for lines in sung for line in lines]]
    groups: list[list[SungLine]] = []
    for lines in sung:
        if groups and _count(groups[-1]) + _count(lines) <= _FULL * n_notes:
            groups[-1] += lines
        else:
            groups.append(list(lines))
    return groups


def _longer(syllable: Syllable, old: Sequence[Row], made: WordSetting) -> Syllable:
    """A syllable of an earlier verse that holds a note which is now struck twice."""
    if not made.n_split:
        return syllable
    ticks = [row[0] for row in old]
    first = ticks.index(syllable.tick)
    end = ticks[first + syllable.n_notes] if first + syllable.n_notes < len(ticks) else made.notes[-1][0] + 1
    n_notes = sum(syllable.tick <= row[0] < end for row in made.notes)
    return replace(syllable, n_notes=n_notes)


def _without_words(plan: SongPlan) -> SongPlan:
    """A plan whose phrases have no words of their own."""
    sections = tuple(
        section.model_copy(
            update={"phrases": tuple(phrase.model_copy(update={"words": None}) for phrase in section.phrases)}
        )
        for section in plan.sections
    )
    return plan.model_copy(update={"sections": sections})


def _with_words(score: Score, old: LeadSheet, sheet: LeadSheet) -> Score:
    """The score with the words, its singer's notes struck again as the lead sheet's are."""
    scale = score.tpq // 12
    track = singer(score)
    lyrics = tuple(replace(one, tick=one.tick * scale) for one in sheet.lyrics)
    if track is None:
        return replace(score, lyrics=lyrics)
    new = {row[0] for row in rows_of(sheet.melody)} - {row[0] for row in rows_of(old.melody)}
    notes: list[Row] = []
    for onset, length, pitch, velocity in rows_of(track.notes):
        cuts = sorted(tick * scale for tick in new if onset + 2 * scale <= tick * scale < onset + length - scale)
        edges = [onset, *cuts, onset + length]
        notes += [(a, b - a, pitch, velocity) for a, b in pairwise(edges)]
    sung = replace(track, notes=make_notes(notes))
    tracks: tuple[Track, ...] = tuple(sung if one is track else one for one in score.tracks)
    return replace(score, tracks=tracks, lyrics=lyrics)


def melody_to_words(request: MelodyRequest, words: str) -> Song:
    """Write a tune to words, over chords if there are any.

    Parameters
    ----------
    request : MelodyRequest
        Chords, key, meter, tempo, style.
    words : str
        The text; chords in it are kept.

    Raises
    ------
    InputError
        If the words or chords cannot be used.
    """
    from symbolic_music.planning import plan as plan_song

    fields: dict[str, object] = {
        "lyrics": words, "chords": request.chords or None, "key": request.key, "meter": request.meter,
        "tempo_qpm": request.tempo_qpm, "style": request.style, "seed": request.seed or 0,
        "n_bars": request.n_bars, "leave_out": ("intro", "outro"), "key_lift": 0,
    }  # fmt: skip
    said = {name: value for name, value in fields.items() if value is not None}
    brief = parse_document(Brief, said, "options", BriefError)
    plan = plan_song(brief)
    sheet = run_compose(plan, CreateOptions("none", candidates=request.candidates))
    score = score_of_lead_sheet(sheet)
    score = replace(score, tracks=(*score.tracks, play_by_hand(sheet, score.tpq)))
    return Song(brief, plan, sheet, score, {"made_by": "melody", "seed": plan.seed})


@dataclass(frozen=True)
class SungFigures:
    """How words and tune fit: counts and shares; see `sung_figures`."""

    n_syllables: int
    n_stressed: int
    on_strong: float
    on_beats: float
    lowest: int
    highest: int


def sung_figures(sheet: LeadSheet) -> SungFigures | None:
    """Measure a sheet's words: how many stressed syllables begin on strong beats, on beats, and the singer's range."""
    own = of_verse(sheet.lyrics)
    if not own:
        return None
    shares = stress_shares(own, sheet.lines)
    ticks = {one.tick for one in own}
    pitches = [row[2] for row in rows_of(sheet.melody) if row[0] in ticks]
    return SungFigures(
        len(own), shares.n_stressed, shares.on_strong, shares.on_beats, min(pitches, default=0), max(pitches, default=0)
    )


def bars_with_words(sheet: LeadSheet) -> Iterator[str]:
    """Write a song's bars with their syllables beneath, a line of the song's words after another.

    Parameters
    ----------
    sheet : LeadSheet
        A stressed syllable has a stroke before it; notes of a melisma are tildes, beats without a note dots.

    Yields
    ------
    str
        Section names, and for every bar its chords and notes, then the words under them, verse by verse.
    """
    notes = {row[0]: row for row in rows_of(sheet.melody)}
    verses = {verse: {one.tick: one for one in of_verse(sheet.lyrics, verse)} for verse in verses_of(sheet.lyrics)}
    for span in sheet.sections:
        yield f"{span.name}, {span.key}"
        for number in range(span.start_bar, span.start_bar + span.n_bars):
            yield from _bar_lines(sheet, number, notes, verses)


def _bar_lines(
    sheet: LeadSheet, number: int, notes: dict[int, Row], verses: dict[int, dict[int, Syllable]]
) -> Iterator[str]:
    """The lines of one bar."""
    bar = sheet.lines.bars[number]
    key = sheet.key_at(number)
    chords = " ".join(
        event.chord.symbol(key.fifths) for event in sheet.chords if bar.start <= event.onset_tick < bar.end
    )
    columns: list[list[str]] = []
    for tick in range(bar.start, bar.end, _COLUMN):
        row = next((notes[at] for at in range(tick, tick + _COLUMN) if at in notes), None)
        is_held = any(at < tick < at + notes[at][1] for at in range(max(0, tick - 96), tick) if at in notes)
        head = (
            name_pitch(row[2], key.fifths)
            if row
            else "-"
            if is_held
            else "."
            if not (tick - bar.start) % bar.meter.beat_ticks
            else ""
        )
        under = [_under(words, row) for words in verses.values()]
        width = max(len(head), *(len(text) for text in under), 0) + 1 if row else max(1, len(head))
        columns.append([text.ljust(width) for text in (head, *under)])
    for place, row_text in enumerate(zip(*columns, strict=True)):
        text = "".join(row_text)
        if not place:
            yield f"{number + 1:4} {chords:12.12} | {text}"
        elif text.strip(" ~"):
            yield f"{'':4} {'':12} | {text}".rstrip()


def _under(words: dict[int, Syllable], row: Row | None) -> str:
    """What stands under a note."""
    if row is None:
        return ""
    syllable = words.get(row[0])
    if syllable is None:
        return "~"
    return ("'" if syllable.stress == MAIN_STRESS else "") + syllable.text + ("-" if syllable.goes_on else "")
