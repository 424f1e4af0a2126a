"""What a song is, in short: for scripts, the service and agents."""

from __future__ import annotations

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
