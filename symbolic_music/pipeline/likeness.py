"""A song like another: its style followed, its tune not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from symbolic_music.analysis.originality import OriginalityIndex, SharedRun, build_index, longest_shared_run, own_index
from symbolic_music.errors import ConstraintError
from symbolic_music.importing.like import Likeness, read_likeness
from symbolic_music.pipeline.creation import CreateOptions, run_compose
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan

# A run of so many notes shared with the reference, or with songs that weights were tuned on, is written again, so
# often; then a song like a reference is refused, and of the others the one with the shortest run is taken.
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

    Raises
    ------
    ConstraintError
        If all tunes share a long run.

    Returns
    -------
    (SongPlan, LeadSheet, dict)
        The plan with the chance that was used, the sheet, and what is said of it: whose tunes, longest shared run.
    """
    indexes = _other_tunes(reference)
    best: tuple[int, SongPlan, LeadSheet, dict[str, SharedRun]] | None = None
    for attempt in range(ATTEMPTS):
        made = plan if not attempt else plan.model_copy(update={"heard": f"{plan.heard} apart {attempt}".strip()})
        sheet = run_compose(made, options)
        runs = {name: longest_shared_run(sheet, index) for name, index in indexes.items()}
        longest = max((run.n_notes for run in runs.values()), default=0)
        is_apart = "reference" not in runs or runs["reference"].n_notes < LONGEST_RUN
        if is_apart and (best is None or longest < best[0]):
            best = (longest, made, sheet, runs)
        if longest < LONGEST_RUN:
            break
    if best is None:
        title = "" if reference is None else reference.title
        raise ConstraintError(
            f"no tune was found that shares less than {LONGEST_RUN} notes running with {title}",
            "use another seed, or leave --like out",
        )
    _, made, sheet, runs = best
    return made, sheet, _said(reference, indexes, runs)


def _other_tunes(reference: LeadSheet | None) -> dict[str, OriginalityIndex]:
    """Whose tunes must not be heard, by their name in a song's provenance."""
    found = {}
    if reference is not None and len(reference.melody):
        found["reference"] = build_index([(reference.title, reference.melody)])
    own = own_index()
    if own is not None:
        found["own_tunes"] = own
    return found


def _said(
    reference: LeadSheet | None, indexes: Mapping[str, OriginalityIndex], runs: Mapping[str, SharedRun]
) -> dict[str, object]:
    """Say how near a song comes to others."""
    said: dict[str, object] = {}
    if reference is not None:
        n_notes = runs["reference"].n_notes if "reference" in runs else 0
        said["reference"] = {"like": reference.title, "longest_shared_run": n_notes, "allowed_below": LONGEST_RUN}
    if "own_tunes" in indexes:
        run = runs["own_tunes"]
        near = {"tune": run.tune, "start_bar": run.start_bar} if run.n_notes else {}
        said["own_tunes"] = {
            "n_tunes": len(indexes["own_tunes"].tunes), "longest_shared_run": run.n_notes,
            "allowed_below": LONGEST_RUN, **near,
        }  # fmt: skip
    return said


def likeness_lines(provenance: Mapping[str, object]) -> list[str]:
    """Say how much of its tune a song shares with the reference that it was to be like, and with songs learnt from."""
    lines = []
    said = provenance.get("reference")
    if isinstance(said, Mapping):
        run, below = said["longest_shared_run"], said["allowed_below"]
        lines.append(f"Like {said['like']}: {run} notes running are the most that both tunes share (less than {below})")
    own = provenance.get("own_tunes")
    if isinstance(own, Mapping):
        run, below = own["longest_shared_run"], own["allowed_below"]
        word = f"less than {below}" if run < below else f"not less than {below}, after {ATTEMPTS} tries: another seed?"
        where = f" ({own['tune']})" if "tune" in own else ""
        lines.append(f"Of the songs that the weights learnt: {run} notes running are shared{where}; {word}")
    return lines
