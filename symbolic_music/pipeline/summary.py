"""What a song is, in short: for scripts, the service and agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolic_music.song.plan import SongPlan


def plan_data(plan: SongPlan) -> dict[str, object]:
    """Say a plan as data for scripts."""
    fields = {"name", "kind", "n_bars", "key", "intensity", "reason"}
    return {
        "title": plan.title,
        "genre": plan.genre,
        "mood": plan.mood,
        "key": str(plan.sections[0].key),
        "tempo_qpm": plan.tempo_qpm,
        "meter": str(plan.meter),
        "n_bars": plan.n_bars,
        "duration_sec": round(plan.duration_sec, 2),
        "seed": plan.seed,
        "sections": [section.model_dump(mode="json", include=fields) for section in plan.sections],
    }


def picture_lines(provenance: Mapping[str, Any]) -> list[str]:
    """Say where the cues of a picture fall, and which could not be hit."""
    picture = provenance.get("picture")
    if picture is None:
        return []
    lines = [
        f"  {hit['heard_sec']:8.3f} s  beat {hit['beat'] + 1}: {hit['what'] or 'hit'}"
        f" ({1000 * (hit['heard_sec'] - hit['at_sec']):+.0f} ms)"
        for hit in picture["hits"]
    ]
    missed = [f"  {cue['at_sec']:8.3f} s  not hit, too near to another: {cue['what']}" for cue in picture["missed"]]
    return [*lines, *missed]
