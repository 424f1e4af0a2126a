"""A lead sheet as it is tried at the piano: the tune, and its chords held under it."""

from __future__ import annotations

from dataclasses import replace

from symbolic_music.song.leadsheet import LeadSheet, score_of_lead_sheet
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import Score, Track

# One octave for the basses and one for the tones above them: voices then move little from chord to chord.
LOWEST_BASS, LOWEST_TONE = 36, 53
VELOCITY, VOLUME = 58, 80


def sketch(sheet: LeadSheet) -> Score:
    """Make a score of a lead sheet that can be heard at once, without a band.

    Parameters
    ----------
    sheet : LeadSheet
        Of any length.

    Returns
    -------
    Score
        The tune, and a piano that holds each chord: its bass in the octave from C2, its other tones in the octave from
        F3. 12 ticks a quarter; nothing is performed.
    """
    silences = set(sheet.no_chords)
    starts = [event.onset_tick for event in sheet.chords]
    rows = []
    for event in sheet.chords:
        end = min([tick for tick in (*starts, *silences) if tick > event.onset_tick], default=sheet.end_tick)
        bass = LOWEST_BASS + (event.chord.bass - LOWEST_BASS) % 12
        tones = {LOWEST_TONE + (tone - LOWEST_TONE) % 12 for tone in event.chord.pitch_classes}
        rows += [(event.onset_tick, end - event.onset_tick, pitch, VELOCITY) for pitch in sorted({bass, *tones})]
    score = score_of_lead_sheet(sheet)
    piano = Track("Piano", "chords", 0, make_notes(rows), volume=VOLUME)
    return replace(score, tracks=(*score.tracks, piano)) if rows else score
