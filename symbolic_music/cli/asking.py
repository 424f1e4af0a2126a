"""From options, a prompt and a brief file to one brief.

What is said nearer wins: options before the prompt, the prompt before the file.
"""

from __future__ import annotations

from pathlib import Path

from symbolic_music.cli.options import Given
from symbolic_music.errors import BriefError, PlanError
from symbolic_music.importing import read_prompt
from symbolic_music.pipeline.creation import check_band
from symbolic_music.pipeline.wishes import Wish, join_wish
from symbolic_music.song.brief import Brief
from symbolic_music.song.document import load_document, parse_document
from symbolic_music.song.plan import SongPlan


def make_wish(asked: Given[Brief], brief_file: Path | None = None, plan_file: Path | None = None) -> Wish:
    """Join all that was asked; a seed is drawn if none is given anywhere.

    Parameters
    ----------
    asked : Given
        The prompt and the options, as fields of a brief.
    brief_file, plan_file : Path, optional
        A brief to start from; a plan that is used as it is.

    Raises
    ------
    InputError
        If a value or file cannot be used; the message says where it stood.
    """
    if plan_file is not None:
        return _with_plan(asked, brief_file, plan_file)
    earlier: dict[str, object] = {}
    if brief_file is not None:
        earlier = load_document(Brief, brief_file, BriefError).model_dump(exclude_unset=True)
    return join_wish(asked.fields, earlier, asked.names(), str(brief_file or "brief"))


def load_plan(path: Path) -> SongPlan:
    """Read a plan file and check its players."""
    plan = load_document(SongPlan, path, PlanError)
    check_band(plan.band, str(path))
    return plan


def _with_plan(asked: Given[Brief], brief_file: Path | None, plan_file: Path) -> Wish:
    """Take a plan as it is; nothing else may then say how the song goes."""
    clash = (["the prompt"] if str(asked.fields.get("prompt", "")).strip() else []) + [
        option for field, option in asked.names().items() if field != "seed"
    ]
    clash += ["--brief"] if brief_file is not None else []
    if clash:
        raise BriefError(f"--plan says all that {clash[0]} would; leave {clash[0]} out, or change it in {plan_file}")
    plan = load_plan(plan_file)
    if "seed" in asked.fields:
        plan = plan.model_copy(update={"seed": asked.fields["seed"]})
    brief = parse_document(Brief, {"title": plan.title, "seed": plan.seed}, "options", BriefError)
    return Wish(brief, plan, read_prompt(""))
