"""A song like another: its style followed, its tune not."""

from __future__ import annotations

from pathlib import Path

from symbolic_music.analysis.originality import OriginalityIndex, SharedRun, build_index, longest_shared_run, own_index
from symbolic_music.importing.like import Likeness, read_likeness
from symbolic_music.pipeline.creation import CreateOptions, run_compose
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan

# A run of so many notes shared with the reference or with tunes of one's own, or more, is written again, so often.
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
    plan: SongPlan, reference: LeadSheet | None, options: CreateOptions
) -> tuple[SongPlan, LeadSheet, dict[str, object]]:
    """Compose a plan; a tune that shares a long run of notes with others is written again, by other chance.

    The others are a reference's, and those that weights of one's own were tuned on. Where there are none, the plan is
    composed once.

    Parameters
    ----------
    plan : SongPlan
        Of the new song.
    reference : LeadSheet, optional
        Whose tune must not be heard in it.
    options : CreateOptions
        How it is composed.

    Returns
    -------
    (SongPlan, LeadSheet, dict)
        The plan with the chance that was used, the sheet, and what is said of it: whose tunes, longest shared run.
    """
    indexes = _other_tunes(reference)
    if not indexes:
        said = {} if reference is None else {"reference": _said(reference.title, SharedRun(0, 0.0, 0, 0, ""))}
        return plan, run_compose(plan, options), said
    best: tuple[int, SongPlan, LeadSheet] | None = None
    for attempt in range(ATTEMPTS):
        made = plan if not attempt else plan.model_copy(update={"heard": f"{plan.heard} apart {attempt}".strip()})
        sheet = run_compose(made, options)
        run = max(longest_shared_run(sheet, index).n_notes for index in indexes.values())
        if best is None or run < best[0]:
            best = (run, made, sheet)
        if run < LONGEST_RUN:
            break
    assert best is not None
    sheet = best[2]
    origin: dict[str, object] = {}
    for name, index in indexes.items():
        title = reference.title if name == "reference" and reference is not None else f"{len(index.tunes)} tunes"
        origin[name] = _said(title, longest_shared_run(sheet, index))
    return best[1], sheet, origin


def _other_tunes(reference: LeadSheet | None) -> dict[str, OriginalityIndex]:
    """Whose tunes must not be heard, by their name in a song's provenance."""
    found = {}
    if reference is not None and len(reference.melody):
        found["reference"] = build_index([(reference.title, reference.melody)])
    own = own_index()
    if own is not None:
        found["own_tunes"] = own
    return found


def _said(like: str, run: SharedRun) -> dict[str, object]:
    """Say how near a song comes."""
    near = {"tune": run.tune, "start_bar": run.start_bar} if run.n_notes else {}
    return {"like": like, "longest_shared_run": run.n_notes, "allowed_below": LONGEST_RUN, **near}
