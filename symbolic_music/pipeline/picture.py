"""A song to picture: planned on cues, and given the tempi, accents and marks that put its beats where they belong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from symbolic_music.games.harmony import list_chords, voice_near
from symbolic_music.planning import plan as plan_brief
from symbolic_music.planning.picture import PictureTiming, fit_to_picture, sections_for
from symbolic_music.planning.setting import draw_setting
from symbolic_music.song.brief import Brief
from symbolic_music.song.cues import CueList
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Marker, Score, SmpteStart, TempoChange, Track, ticks_to_seconds
from symbolic_music.theory.meter import TPQ

# A piece's tempo may lie so far outside the one that was asked for.
_AROUND = 0.08
_LOUD_KIND, _SHORT_LOUD_KIND, _LOUD = "chorus", "bridge", 0.6
# A hit's notes are played so much louder at full strength, in velocity; notes within a sixteenth of it belong to it.
_ACCENT = 30
_CRASH, _CRASH_STRENGTH = 49, 0.7
_SOUNDING, _HIT_PITCH = 0.5, 55
# The last note dies away before the end of the picture.
_LAST_TICKS = 10


def plan_to_picture(brief: Brief, cues: CueList) -> tuple[SongPlan, PictureTiming]:
    """Plan a song on cues.

    Parameters
    ----------
    brief : Brief
        Style, mood, key, band; its length and form are the picture's.
    cues : CueList
        What happens when.

    Returns
    -------
    tuple of SongPlan and PictureTiming
        Sections begin at the bars of cues and are as intense as those are strong.

    Raises
    ------
    BriefError
        If there is no room for a bar.
    """
    open_brief = brief.model_copy(update={"n_bars": None, "duration_sec": None, "form": None})
    setting = draw_setting(open_brief.model_copy(update={"n_bars": 16}), 16, True)
    timing = fit_to_picture(cues, setting.meter, _tempo_range(brief, setting.tempo_qpm, setting.style.tempo_qpm))
    parts = sections_for(timing, setting.meter)
    loud = max((bars for bars, level, _ in parts if level >= _LOUD), default=0)
    form = " ".join(
        f"{_kind(index, len(parts), level, 2 * bars >= loud)}{bars}" for index, (bars, level, _) in enumerate(parts)
    )
    asked = {"form": form, "tempo_qpm": timing.tempo_qpm, "meter": setting.meter, "style": setting.style.name}
    plan = plan_brief(open_brief.model_copy(update=asked))
    sections = tuple(
        section.model_copy(update={
            "intensity": level, "roles": None, "reason": f"{what}: {section.reason}" if what else section.reason,
        })
        for section, (_, level, what) in zip(plan.sections, parts, strict=True)
    )  # fmt: skip
    # The plan says the tempo that the piece begins in; the tempo map of the score says the others.
    begins = round(timing.stretches[0].qpm, 3)
    return plan.model_copy(update={"sections": sections, "tempo_qpm": begins}), timing


def put_to_picture(score: Score, plan: SongPlan, timing: PictureTiming, cues: CueList) -> Score:
    """Give a performed score the tempi of its picture, accents on the hits, cue points and time code.

    Parameters
    ----------
    score : Score
        As `perform` made it of the plan.

    Returns
    -------
    Score
        Each hit's beat is heard at its time; the last note ends with the music.
    """
    beat = plan.meter.beat_ticks * score.tpq // TPQ
    end = plan.n_bars * plan.meter.bar_ticks * score.tpq // TPQ
    tempos = tuple(TempoChange(stretch.beat * beat, round(stretch.qpm, 6)) for stretch in timing.stretches)
    strong = {hit.beat * beat: hit.cue.strength for hit in timing.hits if not hit.cue.is_end}
    tracks = _with_hits(
        replace(score, tracks=tuple(_accented(track, strong, score.tpq // 4, end) for track in score.tracks)), strong
    )
    points = tuple(Marker(hit.beat * beat, hit.cue.what or "hit") for hit in timing.hits)
    start = SmpteStart(cues.start, cues.frame_rate)
    return replace(score, tempos=tempos, tracks=tracks, end_tick=end, cue_points=points, smpte=start)


def _with_hits(score: Score, strong: dict[int, float]) -> tuple[Track, ...]:
    """Let the chord sound on strong hits where nobody plays."""
    silent = [
        tick for tick, strength in strong.items()
        if strength >= _SOUNDING and tick < score.end_tick
        and not any((track.notes["onset_tick"] == tick).any() for track in score.tracks if not track.is_drum)
    ]  # fmt: skip
    players = [track for track in score.tracks if track.role in ("chords", "pad")] or list(score.tracks)
    melodic = [track for track in players if not track.is_drum]
    spans = list_chords(score)
    rows = [
        (tick, min(score.tpq, score.end_tick - tick - _LAST_TICKS), pitch, min(127, 60 + round(50 * strong[tick])))
        for tick in silent for span in spans if span.start_tick <= tick < span.end_tick
        for pitch in voice_near(span.chord, _HIT_PITCH)
    ]  # fmt: skip
    if not rows or not melodic:
        return score.tracks
    own = melodic[0]
    played = replace(own, notes=make_notes(sorted([*rows_of(own.notes), *rows])))
    return tuple(played if track is own else track for track in score.tracks)


def picture_data(score: Score, timing: PictureTiming) -> dict[str, object]:
    """Say where each cue falls, measured in the score: for provenance."""
    hits = [
        {"at_sec": hit.cue.at_sec, "what": hit.cue.what, "strength": hit.cue.strength, "beat": hit.beat,
         "heard_sec": round(ticks_to_seconds(point.tick, score.tempos, score.tpq), 4)}
        for hit, point in zip(timing.hits, score.cue_points, strict=True)
    ]  # fmt: skip
    missed = [{"at_sec": cue.at_sec, "what": cue.what} for cue in timing.missed]
    return {"tempo_qpm": timing.tempo_qpm, "hits": hits, "missed": missed}


def _tempo_range(brief: Brief, drawn: float, usual: tuple[float, float]) -> tuple[float, float]:
    """Where to look for a tempo: around what was asked for, else around what the mood drew in the style's range."""
    if brief.tempo_qpm is not None:
        return brief.tempo_qpm * (1 - _AROUND), brief.tempo_qpm * (1 + _AROUND)
    low, high = usual
    return max(low, drawn * (1 - 2 * _AROUND)), min(high, drawn * (1 + 2 * _AROUND))


def _kind(index: int, count: int, level: float, is_long: bool) -> str:
    """Choose a section's kind by its place and level.

    Choruses repeat each other, so that a loud section much shorter than the longest has music of its own.
    """
    if level >= _LOUD:
        return _LOUD_KIND if is_long else _SHORT_LOUD_KIND
    if index == 0 and count > 1:
        return "intro"
    return "outro" if index == count - 1 and count > 2 else "verse"


def _accented(track: Track, strong: dict[int, float], near: int, end: int) -> Track:
    """Play the notes of hits louder, a crash with the strongest; let nothing ring past the end."""
    notes = np.array(track.notes[track.notes["onset_tick"] < end])
    velocity = notes["velocity"].astype(int)
    for tick, strength in strong.items():
        hit = np.abs(notes["onset_tick"] - tick) <= near // 2
        velocity[hit] += round(_ACCENT * strength)
        # What is hit together comes together.
        notes["onset_tick"][hit] = tick
    notes["velocity"] = np.clip(velocity, 1, 127)
    if track.is_drum and len(notes):
        crashes = [(tick, near, _CRASH, min(127, 70 + round(50 * strength)))
                   for tick, strength in strong.items() if strength >= _CRASH_STRENGTH and tick < end]  # fmt: skip
        notes = np.concatenate([notes, np.array(crashes, dtype=notes.dtype)])
    notes["duration_tick"] = np.minimum(notes["duration_tick"], np.maximum(end - _LAST_TICKS - notes["onset_tick"], 1))
    notes = np.sort(notes, order=["onset_tick", "pitch"])
    notes.flags.writeable = False
    return replace(track, notes=notes, controls=tuple(c for c in track.controls if c.tick < end))
