"""How a song moves: intensity, who plays, the lift of the last chorus, and why.

Intensity is a curve over the sections, from tables: an intro starts low, verses lie in the
middle, choruses above them, every return adds a little, the last chorus is the highest point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbolic_music.errors import BriefError
from symbolic_music.planning.phrase_layout import NamedSection
from symbolic_music.styles.traits import find_mood
from symbolic_music.theory.key import Key, key_beside

BASE_INTENSITY = {
    "intro": 0.30, "verse": 0.45, "pre-chorus": 0.58, "chorus": 0.74, "bridge": 0.50, "solo": 0.68,
    "interlude": 0.42, "outro": 0.34,
}  # fmt: skip
RETURN_RISE = {"verse": 0.06, "pre-chorus": 0.05, "chorus": 0.05, "solo": 0.03}
GENRE_SHIFT = {"lullaby": -0.18, "folk": -0.05, "rock": 0.06, "electronic": 0.05, "waltz": -0.03}
LIFT_SHARE = {"pop": 0.08, "soul": 0.08, "country": 0.06}


@dataclass(frozen=True)
class Lift:
    """The section from which the song lies higher, and by how many semitones."""

    index: int
    semitones: int


def intensity_curve(sections: list[NamedSection], mood: str, genre: str, rng: np.random.Generator) -> list[float]:
    """Draw every section's intensity, 0 to 1; the last chorus is the highest."""
    shift = find_mood(mood).intensity + GENRE_SHIFT.get(genre, 0.0)
    hushed_bridge = rng.random() < 0.6  # the other way to contrast is to push on
    curve, seen = [], dict.fromkeys(BASE_INTENSITY, 0)
    for section in sections:
        kind = section.form.kind
        level = BASE_INTENSITY[kind] + RETURN_RISE.get(kind, 0.0) * min(seen[kind], 3) + rng.uniform(-0.02, 0.02)
        if kind == "bridge":
            level = 0.40 if hushed_bridge else 0.66
        seen[kind] += 1
        curve.append(level + shift)
    choruses = [index for index, section in enumerate(sections) if section.form.kind == "chorus"]
    if choruses:
        curve[choruses[-1]] = max(curve) + 0.05
    return [round(float(np.clip(level, 0.08, 1.0)), 2) for level in curve]


def draw_lift(sections: list[NamedSection], genre: str, rng: np.random.Generator) -> Lift | None:
    """Draw whether the last of at least three choruses lifts the key, by one or two semitones."""
    choruses = [index for index, section in enumerate(sections) if section.form.kind == "chorus"]
    is_lifted = rng.random() < LIFT_SHARE.get(genre, 0.0)
    semitones = int(rng.integers(1, 3))
    return Lift(choruses[-1], semitones) if is_lifted and len(choruses) >= 3 else None


def ask_lift(sections: list[NamedSection], semitones: int) -> Lift | None:
    """Lift the last chorus as asked; a song that has none lifts its last sung section.

    The first section stays in the song's key, for there is nothing yet that it could lie higher than.

    Raises
    ------
    BriefError
        If there is only one section.
    """
    if not semitones:
        return None
    later = [section.form.kind for section in sections[1:]]
    if not later:
        raise BriefError("the song is one section, so no chorus can lie higher than what came before",
                         "ask for more bars, for a form of several sections, or leave key_lift out")  # fmt: skip
    sought = next((kind for kind in ("chorus", "verse") if kind in later), later[-1])
    return Lift(len(later) - later[::-1].index(sought), semitones)


def key_at(key: Key, index: int, lift: Lift | None) -> Key:
    """Find the key of a section, higher from the lift on."""
    if lift is None or index < lift.index:
        return key
    return key_beside((key.tonic_pitch_class + lift.semitones) % 12, key.mode, key)


def say_lift(lift: Lift) -> str:
    """Say in one sentence why the key rises."""
    steps = {1: "a semitone", 2: "a whole tone"}.get(lift.semitones, f"{lift.semitones} semitones")
    return f"The last chorus lies {steps} higher, so that it comes once more and is new."


def say_reason(
    sections: list[NamedSection], index: int, intensities: list[float], lift: Lift | None, varied: bool
) -> str:
    """Say in one sentence why a section stands where it does."""
    section, kind = sections[index], sections[index].form.kind
    before = intensities[index - 1] if index else 0.0
    change = intensities[index] - before
    energy = "rises" if change > 0.04 else "drops" if change < -0.04 else "stays"
    last_chorus = max((i for i, other in enumerate(sections) if other.form.kind == "chorus"), default=-1)
    following = sections[index + 1].form.kind if index + 1 < len(sections) else None
    heard = any(other.form.letter == section.form.letter for other in sections[:index])
    if kind == "chorus" and index == last_chorus and heard:
        how = f"lifted by {lift.semitones} semitone{'s' * (lift.semitones > 1)}" if lift else "at full strength"
        ending = ", with a new turn at the end" if varied else ""
        return f"The chorus comes a last time {how}{ending}: the high point of the song."
    text = _FIRST_TIME if not heard else _AGAIN
    sentence = text[kind].format(
        energy=energy, change=" with a changed ending" if varied else "", bars=section.form.n_bars,
        goal={"chorus": "the chorus", "pre-chorus": "the pre-chorus"}.get(following or "", "what follows"),
    )  # fmt: skip
    return sentence


_FIRST_TIME = {
    "intro": "An opening of {bars} bars sets key and pulse before the voice comes in.",
    "verse": "The verse tells the story at middle intensity and leaves room for {goal}.",
    "pre-chorus": "The pre-chorus tightens and stops on a half cadence, so that the chorus is wanted.",
    "chorus": "The chorus brings the main idea; the energy {energy} so that it can be told from the verse.",
    "bridge": "The bridge contrasts with new material; the energy {energy} and makes the return count.",
    "solo": "An instrument takes over while the voice rests; the energy {energy}.",
    "interlude": "A short interlude without voice gives air before {goal}.",
    "outro": "The outro lets the energy fall and closes the song.",
}
_AGAIN = {
    "intro": "The opening returns.",
    "verse": "The verse returns{change}, a little fuller than before.",
    "pre-chorus": "The pre-chorus builds up again{change} to make the chorus expected.",
    "chorus": "The chorus returns as it was, so that it is remembered.",
    "bridge": "The bridge returns{change} to contrast once more.",
    "solo": "The solo's music returns{change}; the energy {energy}.",
    "interlude": "The instrumental passage returns as a breath before {goal}.",
    "outro": "The outro recalls the instrumental opening and closes the song.",
}
