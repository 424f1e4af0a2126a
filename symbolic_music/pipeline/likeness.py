"""A song like another: its style followed, its tune not."""

from __future__ import annotations

from pathlib import Path

from symbolic_music.analysis.originality import build_index, longest_shared_run
from symbolic_music.importing.like import Likeness, read_likeness
from symbolic_music.pipeline.creation import CreateOptions, run_compose
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan

# A run of so many notes shared with the reference, or more, is written again, so often.
LONGEST_RUN, ATTEMPTS = 8, 5


def hear_likeness(path: Path) -> tuple[Likeness, LeadSheet]:
    """Read a reference: what a song like it has, and its own tune, which is not taken.

    Parameters
    ----------
    path : Path
        A song's folder, or any file that `import_song` reads.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from symbolic_music.pipeline.reimport import load_music

    song = load_music(path)
    return read_likeness(song.score, song.lead_sheet, song.plan), song.lead_sheet


def compose_apart(
    plan: SongPlan, reference: LeadSheet, options: CreateOptions
) -> tuple[SongPlan, LeadSheet, dict[str, object]]:
    """Compose a plan; a tune that shares a long run of notes with the reference is written again, by other chance.

    Parameters
    ----------
    plan : SongPlan
        Of the new song.
    reference : LeadSheet
        Whose tune must not be heard in it.
    options : CreateOptions
        How it is composed.

    Returns
    -------
    (SongPlan, LeadSheet, dict)
        The plan with the chance that was used, the sheet, and what is said of it: reference, longest shared run.
    """
    index = build_index([(reference.title, reference.melody)]) if len(reference.melody) else None
    best: tuple[int, SongPlan, LeadSheet] | None = None
    for attempt in range(ATTEMPTS):
        made = plan if not attempt else plan.model_copy(update={"heard": f"{plan.heard} apart {attempt}".strip()})
        sheet = run_compose(made, options)
        shared = longest_shared_run(sheet, index) if index is not None else None
        run = shared.n_notes if shared is not None else 0
        if best is None or run < best[0]:
            best = (run, made, sheet)
        if run < LONGEST_RUN:
            break
    assert best is not None
    said = {"like": reference.title, "longest_shared_run": best[0], "allowed_below": LONGEST_RUN}
    return best[1], best[2], {"reference": said}
