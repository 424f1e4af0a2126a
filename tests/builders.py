"""Small plans, phrases and songs that several tests share."""

from __future__ import annotations

from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.theory.meter import parse_meter
from symbolic_music.tokens.phrase import ChordRow, Conditions, Note, PhraseJob, PhraseMusic


def make_plan(
    meter: str = "4/4",
    keys: tuple[str, str, str] = ("C major", "C major", "C major"),
    seed: int = 3,
    chords: str | None = None,
) -> SongPlan:
    """Intro (not sung), verse (new, repeat) and a second verse that repeats the first and varies it."""
    intro = PlannedPhrase(name="intro.1", letter="i", n_bars=2, sung=False)
    verse = (
        PlannedPhrase(name="verse.1", letter="A", n_bars=4, cadence="half"),
        PlannedPhrase(name="verse.2", letter="A", n_bars=4, relation="repeat", source="verse.1"),
    )
    again = (
        PlannedPhrase(name="again.1", letter="A", n_bars=4, relation="repeat", source="verse.1"),
        PlannedPhrase(name="again.2", letter="A", n_bars=4, relation="variation", source="verse.1"),
    )
    sections = (
        PlannedSection(name="intro", kind="intro", n_bars=2, key=keys[0], intensity=0.3, phrases=(intro,)),
        PlannedSection(name="verse", kind="verse", n_bars=8, key=keys[1], intensity=0.5, phrases=verse),
        PlannedSection(name="again", kind="verse", n_bars=8, key=keys[2], intensity=0.6, phrases=again),
    )
    return SongPlan(title="Test", tempo_qpm=100, meter=meter, n_bars=18, seed=seed, chords=chords, sections=sections)


def make_conditions(part: str = "melody", meter: str = "4/4", n_bars: int = 4, **others: str) -> Conditions:
    """Conditions in C major."""
    return Conditions(part=part, mode="major", meter=meter, n_bars=n_bars, **others)


def make_job(
    part: str = "melody", meter: str = "4/4", n_bars: int = 4, chords: tuple[ChordRow, ...] | None = None
) -> PhraseJob:
    """A new phrase over C F G C unless other chords are given; none beside the chords part."""
    bar = parse_meter(meter).bar_ticks
    roots = [(0, 5, 7, 0)[number % 4] for number in range(n_bars)]
    default = tuple((number * bar, root, "maj", root) for number, root in enumerate(roots))
    given = () if part == "chords" else default if chords is None else chords
    return PhraseJob(make_conditions(part, meter, n_bars), bar, chords=given)


def scale_melody(n_bars: int, bar_ticks: int = 48) -> tuple[Note, ...]:
    """Quarters up the scale, one octave round and round."""
    pitches = (60, 62, 64, 65, 67, 69, 71, 72)
    return tuple((tick, 12, pitches[number % 8]) for number, tick in enumerate(range(0, n_bars * bar_ticks, 12)))


def scale_phrase(n_bars: int = 4) -> PhraseMusic:
    """The scale melody in 4/4 over C and G, a bar each."""
    chords = tuple((bar * 48, (0, 7)[bar % 2], "maj", (0, 7)[bar % 2]) for bar in range(n_bars))
    return PhraseMusic(n_bars, 48, chords, scale_melody(n_bars))


def make_song(name: str = "pop909/001", split: str = "train", n_phrases: int = 4) -> dict:
    """A song as data_prep.songs describes it: phrases of four bars, no two alike."""
    n_bars = 4 * n_phrases
    melody = [[on, length, pitch + on // 192] for on, length, pitch in scale_melody(n_bars)]
    chords = [[bar * 48, (bar * 5 + bar // 4) % 12, "maj", (bar * 5 + bar // 4) % 12] for bar in range(n_bars)]
    piano = [[on, 12, pitch - 12 + step] for on, _, pitch in melody for step in (0, 4)]
    phrases = [["AB"[number % 2], number * 4, 4, True, "verse", "C major"] for number in range(n_phrases)]
    return {
        "id": name, "source": name.split("/")[0], "meter": "4/4", "tempo_qpm": 100.0, "key": "C major",
        "n_bars": n_bars, "melody": melody,
        "chords": chords, "phrases": phrases, "piano": piano, "doubled": False, "split": split,
    }  # fmt: skip
