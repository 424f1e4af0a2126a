"""Random briefs: every field that can be asked for, alone and together, and what each promises of the song."""

from __future__ import annotations

import random
from collections.abc import Callable

from symbolic_music.pipeline.creation import Song
from symbolic_music.song.brief import ENDINGS, GENRES, MOODS, Brief
from symbolic_music.styles.style import style_names
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import METERS

KEYS = ("C major", "A minor", "F# minor", "Eb major", "Db", "Bm", "G# minor", "E")
FORMS = ("verse4 chorus4", "intro1 verse4 chorus4 outro2", "A2 A2 B4 A2", "intro1 verse3 chorus5", "A6")
LONG_FORM = "intro4 verse7 chorus9 verse5 outro3"
# What takes an hour instead of three: most songs are short, one in sixteen may be as long as songs are.
LENGTHS, SECONDS = (4, 4, 4, 5, 6, 7, 8, 9), (10, 10, 10, 14.5)
LONG_EVERY = 16
CHORDS = ("C G Am F", "Dm7 G7 Cmaj7", "Am F C G/B E7", "Bbm Ebm7 F#", "C5 Bb5", "Em7b5 A7 Dm6")
BANDS = (("piano",), ("acoustic guitar", "bass"), ("piano", "upright bass", "brushes"), ("strings",))
PROMPTS = (
    "slow sad waltz in D minor",
    "fast happy rock, 24 bars",
    "lullaby",
    "120 bpm funk in E minor",
    "Süße 歌 🎵",
    "",
)
LYRICS = (
    ("Wake up, the morning is calling\nThe rain on the window is falling", "en"),
    ("[Verse]\nDer Mond ist aufgegangen\n[Chorus]\nDie goldnen Sternlein prangen", "de"),
    ("Sous le ciel de Paris\nS'envole une chanson", None),
)

_FIELDS: dict[str, Callable[[random.Random], object]] = {
    "genre": lambda chance: chance.choice(GENRES),
    "mood": lambda chance: chance.choice(MOODS),
    "style": lambda chance: chance.choice(style_names()),
    "key": lambda chance: chance.choice(KEYS),
    "tempo_qpm": lambda chance: chance.choice([30, 260, round(chance.uniform(40, 220), 1)]),
    "meter": lambda chance: chance.choice(METERS),
    "n_bars": lambda chance: chance.choice(LENGTHS),
    "duration_sec": lambda chance: chance.choice(SECONDS),
    "form": lambda chance: chance.choice(FORMS),
    "chords": lambda chance: chance.choice(CHORDS),
    "band": lambda chance: chance.choice(BANDS),
    "title": lambda chance: chance.choice(["A", "Fünf/Sechs: <7> & \"8\"?", "CON", "x" * 200, "歌"]),
    "prompt": lambda chance: chance.choice(PROMPTS),
    "swing": lambda chance: chance.choice([0.5, 0.6, 0.667, 0.75]),
    "key_lift": lambda chance: chance.choice([0, 1, 2, 7]),
    "ending": lambda chance: chance.choice(ENDINGS),
    "leave_out": lambda chance: (chance.choice(["intro", "outro", "bridge"]),),
}  # fmt: skip


# The share of songs that are made of their words, which say how long they are.
SUNG = 0.06


def draw_brief(number: int, seed: int) -> dict[str, object]:
    """Draw the fields of a brief; about one in three says little, one in three a lot. Length is always bounded."""
    chance = random.Random(f"{seed} {number}")
    share = chance.choice([0.1, 0.3, 0.6])
    fields = {name: draw(chance) for name, draw in _FIELDS.items() if chance.random() < share}
    # One in ten asks for what cannot be together, and is refused in a line.
    if chance.random() < 0.9:
        lengths = [name for name in ("n_bars", "duration_sec", "form") if name in fields]
        clashing = [*chance.sample(lengths, max(0, len(lengths) - 1)), *(("tempo_qpm", "meter") * ("style" in fields))]
        fields = {name: value for name, value in fields.items() if name not in clashing}
    if not {"n_bars", "duration_sec", "form"} & set(fields):
        fields["n_bars"] = chance.choice(LENGTHS)
    if number % LONG_EVERY == LONG_EVERY - 1:
        for name, value in (("n_bars", chance.choice([24, 33, 64])), ("duration_sec", 61), ("form", LONG_FORM)):
            fields |= {name: value} if name in fields else {}
    if chance.random() < SUNG:
        fields = {name: value for name, value in fields.items() if name not in ("form", "n_bars", "duration_sec")}
        words, language = chance.choice(LYRICS)
        fields |= {"lyrics": words} | ({"language": language} if language else {})
    return {**fields, "seed": number}


def broken_promises(brief: Brief, song: Song) -> list[str]:
    """Say what a song does not have that its brief asked for."""
    plan, sheet = song.plan, song.lead_sheet
    broken = []
    for name in ("genre", "mood", "tempo_qpm", "meter", "n_bars", "style", "title", "swing", "ending"):
        asked = getattr(brief, name)
        if asked is not None and str(asked) != str(getattr(plan, name)):
            broken.append(f"{name}: {getattr(plan, name)} instead of {asked}")
    if brief.key is not None and str(plan.sections[0].key) != str(parse_key(str(brief.key))):
        broken.append(f"key: {plan.sections[0].key} instead of {brief.key}")
    if brief.duration_sec is not None and abs(plan.duration_sec - brief.duration_sec) > plan.duration_sec / plan.n_bars:
        broken.append(f"length: {plan.duration_sec:.1f} s instead of {brief.duration_sec}")
    if brief.form is not None and brief.form[-1].isdigit() and brief.n_bars is None and brief.duration_sec is None:
        bars = [int("".join(sign for sign in word if sign.isdigit())) for word in brief.form.split()]
        if [section.n_bars for section in plan.sections] != bars:
            broken.append(f"form: {[section.n_bars for section in plan.sections]} instead of {bars}")
    if brief.leave_out and brief.form is None and {section.kind for section in plan.sections} & set(brief.leave_out):
        broken.append(f"leave_out: {[section.kind for section in plan.sections]} without {brief.leave_out}")
    if brief.lyrics is not None and (sung := _letters("".join(one.text for one in sheet.lyrics))) != (
        asked := _letters("".join(line for line in brief.lyrics.splitlines() if not line.startswith("[")))
    ):
        broken.append(f"lyrics: {sung} instead of {asked}")
    if (sheet.n_bars, str(sheet.meter), sheet.tempo_qpm) != (plan.n_bars, str(plan.meter), plan.tempo_qpm):
        broken.append("the lead sheet is not the plan's")
    return [*broken, *_wrong_chords(brief, song)]


def _wrong_chords(brief: Brief, song: Song) -> list[str]:
    """Find the bars where other chords are written than asked for."""
    if brief.chords is None:
        return []
    asked = [parse_chord(symbol) for symbol in brief.chords.split()]
    bar = song.lead_sheet.meter.bar_ticks
    wrong = []
    for span in song.lead_sheet.sections:
        for number in range(span.n_bars):
            tick = (span.start_bar + number) * bar
            if song.lead_sheet.chord_at(tick) != asked[number % len(asked)]:
                wrong.append(f"chord of bar {span.start_bar + number + 1}")
    return wrong[:3]


def _letters(text: str) -> str:
    """A text's letters alone."""
    return "".join(sign for sign in text.lower() if sign.isalnum())
