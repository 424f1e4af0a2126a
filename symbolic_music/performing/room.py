"""How far from the listener each player stands: the send to the reverb (CC 91), by role and family of styles.

Bass and kick are dry, so that the low end stays firm; drums get a little air; the tune stands in front of the
band with a halo of its own; pads and lines lie behind. Dance music, funk and what is fast are drier, film
music, hymns and what is slow wetter (M. Senior, Mixing Secrets for the Small Studio, on effect sends by role).
"""

from __future__ import annotations

from symbolic_music.song.score import ControlChange, Track

REVERB = 91
SENDS = {
    "melody": 44, "chords": 34, "pad": 62, "countermelody": 54, "line": 54, "bass": 6, "drums": 18,
}  # fmt: skip
OTHER_SEND = 40
ROOMS = {
    "cinematic": 1.45, "waltz": 1.2, "folk": 1.1, "pop": 1.0, "jazz": 0.9, "country": 0.9, "rock": 0.85, "soul": 0.8,
    "blues": 0.8, "electronic": 0.85, "latin": 0.75, "caribbean": 0.8, "african": 0.7, "hip-hop": 0.7,
}  # fmt: skip
# Quarters a minute at which a room is as its family's; reverb that is longer than the beat blurs.
USUAL_QPM, LEAST, MOST = 100.0, 0.7, 1.3


def place_in_room(track: Track, family: str, qpm: float) -> tuple[ControlChange, ...]:
    """Set a track's send to the reverb at its start, unless it has one.

    Parameters
    ----------
    track : Track
        Its role counts.
    family : str
        The style's.
    qpm : float
        The song's tempo.
    """
    if any(control.controller == REVERB for control in track.controls):
        return ()
    pace = min(MOST, max(LEAST, (USUAL_QPM / qpm) ** 0.5))
    send = SENDS.get(track.role, OTHER_SEND) * ROOMS.get(family, 1.0) * pace
    return (ControlChange(0, REVERB, min(127, round(send))),)
