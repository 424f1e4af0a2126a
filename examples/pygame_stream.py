"""Music that never ends, with its dial under the arrow keys: `pip install 'symbolic-music[render]' pygame-ce`.
Usage: python pygame_stream.py [style]      up, down: intensity; left, right: mood; escape: end"""

import sys
import threading

import numpy as np
import pygame

from symbolic_music.games.stream import score_of_bars
from symbolic_music.pipeline.ahead import Ahead
from symbolic_music.pipeline.stream import StreamOptions, open_stream
from symbolic_music.rendering import RenderOptions, render

RATE, BLOCK, STEP = 44100, 2048, 0.1
MOODS = ["dark", "sad", "calm", "dreamy", "happy", "energetic", "tense"]
# Levels come from the stream; every bar rings on into the next.
SOUND = RenderOptions(sample_rate=RATE, loudness_lufs=None, peak_dbfs=None, tail_sec=2.0)
KEYS = {pygame.K_UP: (0, STEP), pygame.K_DOWN: (0, -STEP), pygame.K_LEFT: (-1, 0), pygame.K_RIGHT: (1, 0)}


class Band:
    """Bars made by one thread, ahead of where another plays: times are samples since the start."""

    def __init__(self, style, seed=1):
        self.mood, self.intensity, self.is_turned = "calm", 0.4, False
        self.ahead = Ahead(open_stream(StreamOptions(style=style, mood=self.mood, intensity=self.intensity, seed=seed)))
        self.sounds, self.bars, self.end, self.now, self.heard_from = [], [], 0, 0, 0
        self.lists = threading.Lock()

    def turn(self, moods, step):  # asked by the player's thread, done by the maker's before its next bar
        place = min(max(MOODS.index(self.mood) + moods, 0), len(MOODS) - 1)
        self.mood, self.intensity = MOODS[place], round(min(max(self.intensity + step, 0), 1), 2)
        self.is_turned = True

    def make(self):  # one bar, if it is due
        if self.is_turned:
            self.is_turned = False
            self.heard_from = self.ahead.turn(self.mood, self.intensity, self.now / RATE).bar
        if not self.ahead.is_due(self.now / RATE):
            return False
        bar = self.ahead.make()
        sound = render(score_of_bars([bar], self.ahead.stream.parts), SOUND).samples.T
        start = round(bar.quarter * 60 / bar.tempo_qpm * RATE)
        with self.lists:  # a bar takes the place of those that were taken back for the dial
            self.sounds = [old for old in self.sounds if old[0] < start] + [(start, sound)]
            self.bars = [old for old in self.bars if old[0] < start] + [(start, bar)]
            self.end = start + round(bar.seconds * RATE)
        return True

    def mix(self, n):  # the next n samples
        block = np.zeros((n, 2))
        for start, sound in self.sounds:
            own = sound[max(0, self.now - start) : max(0, self.now + n - start)]
            at = max(0, start - self.now)
            block[at : at + len(own)] += own
        self.now += n
        with self.lists:
            self.sounds = [(start, sound) for start, sound in self.sounds if start + len(sound) > self.now]
            self.bars = [(start, bar) for start, bar in self.bars if start + bar.seconds * RATE > self.now]
        return (np.clip(block, -1, 1) * 32767).astype(np.int16)

    def text(self):
        bar = self.bars[0][1] if self.bars else None
        playing = f"bar {bar.number}: {bar.mood}, {bar.intensity:g}, {bar.key}" if bar else "..."
        return f"{playing}   |   dial: {self.mood}, {self.intensity:g}, heard from bar {self.heard_from}"


def main(style="ambient", seconds=float("inf")):
    band, ended = Band(style), threading.Event()

    def make_bars():
        while not ended.is_set():
            if not band.make():
                ended.wait(0.02)

    pygame.mixer.init(RATE, -16, 2, BLOCK)
    pygame.display.set_mode((640, 60))
    maker = threading.Thread(target=make_bars, daemon=True)
    maker.start()
    while band.now < seconds * RATE and not pygame.event.peek(pygame.QUIT):
        if band.end > band.now + BLOCK and pygame.mixer.Channel(0).get_queue() is None:
            pygame.mixer.Channel(0).queue(pygame.sndarray.make_sound(band.mix(BLOCK)))
        for event in pygame.event.get(pygame.KEYDOWN):
            if event.key in KEYS:
                band.turn(*KEYS[event.key])
            elif event.key == pygame.K_ESCAPE:
                seconds = 0
        pygame.display.set_caption(band.text())
        pygame.time.wait(5)
    ended.set()
    maker.join()
    pygame.quit()
    return band


if __name__ == "__main__":
    main(*sys.argv[1:2])
