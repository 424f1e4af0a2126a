"""One rule of what waits for what, for the lead sheet and for the band."""

from __future__ import annotations

from symbolic_music.filling.fill import PhraseTask
from symbolic_music.filling.jobs import Piece, SongJobs, hook_of
from symbolic_music.song.spans import Slot, slots_of
from symbolic_music.styles.style import load_style
from symbolic_music.tokens.phrase import PhraseMusic
from tests.builders import make_plan, scale_phrase

SLOTS = {slot.phrase.name: slot for slot in slots_of(make_plan())}


def jobs_for(*keys: tuple[str, str], style: str | None = None, hook: Slot | None = None) -> SongJobs:
    harmony = {name: scale_phrase() for name in SLOTS}
    band = load_style(style) if style else None
    return SongJobs(make_plan(), list(SLOTS.values()), frozenset(keys), harmony, band, hook)


def asked(jobs: SongJobs, part: str, phrase: str, *done: tuple[str, str]) -> PhraseTask | PhraseMusic | None:
    return jobs.job_of(Piece(part, SLOTS[phrase]), {key: scale_phrase() for key in done})


def test_a_phrase_waits_for_the_one_before_it_and_hears_it() -> None:
    for part, style in (("melody", None), ("bass", "pop")):
        jobs = jobs_for((part, "again.2"), (part, "again.1"), style=style)
        assert asked(jobs, part, "again.2") is None
        task = asked(jobs, part, "again.2", (part, "again.1"))
        assert isinstance(task, PhraseTask) and task.job.context is not None


def test_a_repeat_is_copied_as_soon_as_its_source_is_there() -> None:
    for part, style in (("melody", None), ("bass", "pop")):
        jobs = jobs_for((part, "verse.1"), (part, "verse.2"), style=style)
        assert asked(jobs, part, "verse.2") is None
        assert asked(jobs, part, "verse.2", (part, "verse.1")) is not None


def test_nobody_waits_for_what_is_not_to_be_filled() -> None:
    for part, style in (("melody", None), ("bass", "pop")):
        assert isinstance(asked(jobs_for((part, "again.2"), style=style), part, "again.2"), PhraseTask)


def test_a_player_waits_for_the_one_that_stands_beside() -> None:
    jobs = jobs_for(("bass", "intro.1"), ("drums", "intro.1"), style="pop")
    assert asked(jobs, "bass", "intro.1") is None
    task = asked(jobs, "bass", "intro.1", ("drums", "intro.1"))
    assert isinstance(task, PhraseTask) and task.job.conditions.beside == "drums"


def test_all_of_a_lead_sheet_waits_for_the_hook_and_the_hook_for_nothing() -> None:
    hook = hook_of(list(SLOTS.values()))
    assert hook is not None
    jobs = jobs_for(*(("melody", name) for name in SLOTS), hook=hook)
    first = asked(jobs, "melody", hook.phrase.name)
    assert isinstance(first, PhraseTask) and first.job.relative is None
    assert asked(jobs, "melody", "intro.1") is None
    task = asked(jobs, "melody", "intro.1", ("melody", hook.phrase.name))
    assert isinstance(task, PhraseTask) and task.job.relative is not None
