"""A song like another: its style followed, its tune not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from symbolic_music.analysis.originality import build_index, longest_shared_run
from symbolic_music.errors import ConstraintError
from symbolic_music.importing.like import Likeness, read_likeness
from symbolic_music.pipeline.creation import CreateOptions, run_compose
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan

# A run of so many notes shared with the reference, or more, is written again, so often; then the song is refused.
LONGEST_RUN, ATTEMPTS = 8, 6


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

    Raises
    ------
    ConstraintError
        If all tunes share a long run.

    Returns
    -------
    (SongPlan, LeadSheet, dict)
        The plan with the chance that was used, the sheet, and what is said of it: reference, longest shared run.
    """
    index = build_index([(reference.title, reference.melody)]) if len(reference.melody) else None
    for attempt in range(ATTEMPTS):
        made = plan if not attempt else plan.model_copy(update={"heard": f"{plan.heard} apart {attempt}".strip()})
        sheet = run_compose(made, options)
        shared = longest_shared_run(sheet, index) if index is not None else None
        run = shared.n_notes if shared is not None else 0
        if run < LONGEST_RUN:
            said = {"like": reference.title, "longest_shared_run": run, "allowed_below": LONGEST_RUN}
            return made, sheet, {"reference": said}
    raise ConstraintError(
        f"no tune was found that shares less than {LONGEST_RUN} notes running with {reference.title}",
        "use another seed, or leave --like out",
    )


def likeness_lines(provenance: Mapping[str, object]) -> list[str]:
    """Say how much of its tune a song shares with the reference that it was to be like."""
    said = provenance.get("reference")
    if not isinstance(said, Mapping):
        return []
    run, below = said["longest_shared_run"], said["allowed_below"]
    return [f"Like {said['like']}: {run} notes running are the most that both tunes share (less than {below})"]
