"""`edit`: operations on a song, one after the other; everything outside their places stays, note for note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from symbolic_music.budget import Progress
from symbolic_music.errors import EditError
from symbolic_music.pipeline.creation import DEFAULT_HUMANIZE, Song
from symbolic_music.pipeline.excerpts import Playing
from symbolic_music.pipeline.operations import carry_out
from symbolic_music.song.bars import BarLines
from symbolic_music.song.edit import Edit
from symbolic_music.song.material import Material
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.resampling import resample

TPQ_PLAYED = 480


@dataclass(frozen=True, eq=False)
class Edited:
    """A song after an edit, and what was done, a line an operation."""

    song: Song
    did: tuple[str, ...] = field(default=())


def edit(song: Song, edit: Edit, on_progress: Progress | None = None) -> Song:
    """Change a song.

    Parameters
    ----------
    song : Song
        As it was made or loaded; its locks hold.
    edit : Edit
        Operations, each on the song as the one before left it.
    on_progress : callable, optional
        Called as ("edit", operations done, all).

    Returns
    -------
    Song
        Without sound. Every note outside the places of the operations is as it was.

    Raises
    ------
    EditError
        If a place is not there, a thing cannot be done there, or a lock forbids it; the song is as it was.
    ConstraintError, CheckpointError
        As the verbs do.
    """
    return edit_song(song, edit, on_progress).song


def edit_song(song: Song, edit: Edit, on_progress: Progress | None = None) -> Edited:
    """Change a song and say what was done; see `edit`."""
    report = on_progress or (lambda stage, done, total: None)
    performance = _mapping(song.provenance.get("performance"))
    playing = Playing(
        humanize=float(performance.get("humanize", DEFAULT_HUMANIZE)), straight=bool(performance.get("straight", False))
    )
    n_edits = _count(song.provenance.get("edits"))
    material = Material(song.plan, song.lead_sheet, resample(song.score, TPQ_PLAYED))
    _check_agree(material)
    locks, did = song.locks, list[str]()
    total = len(edit.operations)
    for number, operation in enumerate(edit.operations):
        report("edit", number, total)
        name = f"{edit.seed if edit.seed is not None else n_edits + 1}.{number}"
        done = carry_out(material, operation, locks, playing, name)
        material, locks = done.song, done.locks
        did.append(operation.said + (f" ({'; '.join(done.told)})" if done.told else ""))
    report("edit", total, total)
    provenance = {**song.provenance, "edits": n_edits + 1, "arrangement": _described(material)}
    made = replace(
        song, plan=material.plan, lead_sheet=material.sheet, score=material.score, provenance=provenance, audio=None,
        locks=locks,
    )  # fmt: skip
    return Edited(made, tuple(did))


def _described(material: Material) -> Mapping[str, object]:
    """What the arrangement does, in numbers, see `describe_arrangement`."""
    from symbolic_music.evaluation.arrangement import describe_arrangement

    return describe_arrangement(material.score)


def _check_agree(material: Material) -> None:
    """Refuse what does not belong together."""
    plan, sheet, score = material.plan, material.sheet, material.score
    if plan.n_bars != sheet.n_bars or plan.lines.changes() != sheet.lines.changes():
        raise EditError(
            f"the lead sheet has {sheet.n_bars} bars of {_meters(sheet.lines)}, the plan {plan.n_bars} of"
            f" {_meters(plan.lines)}",
            "import the edited file again, so that they agree",
        )
    last, end = (plan.lines.tick_of(bar) * material.scale for bar in (plan.n_bars - 1, plan.n_bars))
    if not last < score.end_tick <= end:
        raise EditError(
            f"song.mid ends at quarter {score.end_tick / score.tpq:g}, the plan's {plan.n_bars} bars at"
            f" {end / score.tpq:g}",
            "import the edited file again, so that they agree",
        )


def _meters(lines: BarLines) -> str:
    """The meters of some bars, in words."""
    changes = lines.changes()
    later = [f"{change.meter} from bar {lines.bar_at(change.tick) + 1}" for change in changes[1:]]
    return ", ".join([str(changes[0].meter), *later])


def takes_of(plan: SongPlan) -> int:
    """The next number for another version of something in a song."""
    taken = [phrase.take or 1 for section in plan.sections for phrase in section.phrases]
    return max(taken, default=1) + 1


def with_takes(edit: Edit, number: int) -> Edit:
    """The same edit as another version: takes get the number, all others another chance."""
    operations = tuple(
        operation.model_copy(update={"take": number}) if operation.take is not None else operation
        for operation in edit.operations
    )
    return edit.model_copy(update={"operations": operations, "seed": number})


def _mapping(value: object) -> Mapping[str, Any]:
    """A mapping, empty if it is none."""
    return value if isinstance(value, Mapping) else {}


def _count(value: object) -> int:
    """A count, 0 if it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
