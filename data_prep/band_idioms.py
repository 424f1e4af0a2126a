"""The idioms of a dozen styles, checked over seeds: planned songs over made lead sheets; no model plays here.

``python -m data_prep.band_report --only idioms`` prints a line a check: how many of ten songs have it, and the
value of the song that has it least.
"""

from __future__ import annotations

from collections.abc import Iterator

from symbolic_music.arranging import arrange
from symbolic_music.evaluation.idioms import BOSS, IDIOMS, Band, Heard, hear
from symbolic_music.planning.planner import plan
from symbolic_music.song.brief import Brief
from symbolic_music.song.chance import stage_rng
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.styles.orchestration import LINE
from symbolic_music.theory.chord import parse_chord

SEEDS, N_BARS = 10, 48
BOSS_NAME = "boss battle"
# Two chords in bars with a colon; written in C major and A minor.
PROGRESSIONS = {
    "major": ("C G/B Am Em7 F C Dm7 G7", "F G Em7 Am F:G C Dm7 G7", "C7 F7 C7 C7 F7 F7 C7 G7", "Cmaj7 A7 Dm7:G7 C"),
    "minor": ("Am F C G", "Am Dm E7 Am:E7", "F G Am Am", "Dm7 G7 Cmaj7 Fmaj7 Bm7b5 E7 Am Am"),
}
DEGREES = (7, 4, 9, 7, 12, 11, 7, 4, 2, 0)


def idiom_song(style: str, seed: int, mood: str = "neutral") -> tuple[SongPlan, LeadSheet]:
    """Plan a song and write it a lead sheet of usual chords and a plain tune.

    Parameters
    ----------
    style : str
    seed : int
    mood : str

    Returns
    -------
    SongPlan, LeadSheet
        Without a line, which only a model writes.
    """
    drawn = plan(Brief(style=style, seed=seed, mood=mood, n_bars=N_BARS))
    sections = tuple(
        section.model_copy(update={"roles": tuple(role for role in section.roles or () if role != LINE)})
        for section in drawn.sections
    )
    drawn = drawn.model_copy(update={"sections": sections})
    return drawn, plain_sheet(drawn)


def plain_sheet(drawn: SongPlan) -> LeadSheet:
    """Chords by section kind and a tune that rests at the end of four bars, drawn from the plan's seed."""
    rng = stage_rng(drawn.seed, "plain sheet")
    meter, bar = drawn.meter, 0
    loops: dict[str, str] = {}
    chords: list[ChordEvent] = []
    tune: list[tuple[int, int, int, int]] = []
    spans = []
    for section in drawn.sections:
        spans.append(SectionSpan(section.name, bar, section.n_bars, section.key))
        choice = PROGRESSIONS[section.key.mode]
        loop = loops.setdefault(section.kind, choice[int(rng.integers(len(choice)))]).split()
        for number in range(section.n_bars):
            tick = (bar + number) * meter.bar_ticks
            for place, text in enumerate(loop[number % len(loop)].split(":")):
                chord = parse_chord(text).transpose(section.key.tonic_shift)
                onset = tick + place * (meter.bar_ticks // 2 // 3 * 3)
                if not chords or chords[-1].chord != chord:
                    chords.append(ChordEvent(onset, chord))
            if _is_sung(section):
                last = meter.bar_ticks // 2 if number % 4 == 3 else meter.bar_ticks - 6
                shift = 60 + section.key.tonic_shift
                places = range(0, last, 12 if section.kind == "verse" else 6)
                tune += [(tick + at, 6, shift + DEGREES[(number + at // 6) % len(DEGREES)], 90) for at in places]
        bar += section.n_bars
    return LeadSheet(drawn.title, drawn.tempo_qpm, meter, drawn.n_bars, make_notes(tune), tuple(chords), tuple(spans))


def _is_sung(section: PlannedSection) -> bool:
    """Whether a section has a tune."""
    return any(phrase.sung for phrase in section.phrases)


def hear_style(style: str, seed: int) -> list[Heard]:
    """Arrange one song of a style, or of a boss battle, and check its idiom."""
    name, mood = ("cinematic", "energetic") if style == BOSS_NAME else (style, "neutral")
    drawn, sheet = idiom_song(name, seed, mood)
    score = arrange(sheet, drawn)
    if style != BOSS_NAME:
        return hear(score, drawn)
    values = [(check, check.measure(Band(score, drawn))) for check in BOSS]
    return [Heard(check.name, value, bool(check.low <= value <= check.high)) for check, value in values]


def show(n_seeds: int = SEEDS) -> Iterator[str]:
    """A line a check: style, songs that have it, the value furthest off."""
    for style in (*IDIOMS, BOSS_NAME):
        songs = [hear_style(style, seed) for seed in range(n_seeds)]
        for checks in zip(*songs, strict=True):
            kept = sum(check.holds for check in checks)
            values = sorted(check.value for check in checks)
            yield (
                f"{style:14} {checks[0].idiom:58} {kept:2} of {n_seeds}   {values[0]:5.2f} to {values[-1]:5.2f}"
                f" {'' if kept == n_seeds else 'MISSED'}"
            )
