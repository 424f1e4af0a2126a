"""Adaptive music from a folder made by `symbolic-music export --game`, with nothing but pygame-ce and numpy.
Usage: python pygame_player.py game/        digits: go to that section; w l p: stingers"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pygame

FADE_SEC, BLOCK, STINGERS = 0.05, 2048, {"w": "win", "l": "lose", "p": "pickup"}


@dataclass(eq=False)
class Voice:
    samples: np.ndarray  # (n, 2)
    start: int  # in samples since the player began, like all times here
    length: int | None = None  # of its loop
    stop: float = np.inf  # fades out from here
    gain: float = 1.0
    target: float = 1.0

    def read(self, now, n, fade):
        time = np.arange(now, now + n)
        place = (time - self.start) % self.length if self.length else time - self.start
        heard = (time >= self.start) & (place < len(self.samples))
        gains = self.gain + np.clip(self.target - self.gain, (now - 1 - time) / fade, (time - now + 1) / fade)
        self.gain = gains[-1]
        gains *= heard * np.clip(1 - (time - self.stop) / fade, 0, 1)
        return self.samples.take(place, axis=0, mode="clip") * gains[:, None]


class Player:
    def __init__(self, folder):
        self.folder, self.now, self.voices, self.layers, self.next = Path(folder), 0, [], {}, None
        self.sheet = json.loads((self.folder / "music.json").read_text(encoding="utf-8"))
        self.rate = self.sheet["audio"]["sample_rate"]
        self.pieces = {each["id"]: each for each in self.sheet["sections"] + self.sheet["transitions"]}

    def play(self, piece, start, length=None, gain=1.0):
        sound = pygame.mixer.Sound(self.folder / piece["files"]["ogg"])
        self.voices.append(Voice(pygame.sndarray.array(sound).astype(np.float32), start, length, gain=gain))
        return self.voices[-1]

    def layer(self, name):  # all layers run together; one is heard
        for each in self.sheet["layers"] if not self.layers else ():
            self.layers[each["name"]] = self.play(each, self.now, each["samples"], float(each["name"] == name))
        for other, voice in self.layers.items():
            voice.target = float(other == name)

    def section(self, name, at=0):  # repeats until a jump
        self.current = name, self.play(self.pieces[name], at)
        self.next = at + self.pieces[name]["exit_sample"], name

    def jump(self, name):  # at the next bar line, through a transition if there is one
        source, voice = self.current
        exits = [voice.start + each["sample"] for each in self.pieces[source]["exits"]]
        at = next((sample for sample in exits if sample >= self.now), exits[-1])
        if at < exits[-1]:
            voice.stop = at  # at its end a section would ring out by itself
        ways = {(each["from"], each["to"]): each["transition"] for each in self.sheet["jumps"] if each["transition"]}
        if way := ways.get((source, name)):
            at = self.play(self.pieces[way], at).start + self.pieces[way]["exit_sample"]
        self.next = at, name

    def sting(self, name):  # on the next beat
        beat = round(60 / self.sheet["tempo_qpm"] * self.rate)
        self.play(next(each for each in self.sheet["stingers"] if each["name"] == name), self.now - self.now % -beat)

    def mix(self, n):  # sample by sample: loops cannot drift, jumps fall on bar lines exactly
        while self.next and self.next[0] < self.now + n:
            self.section(self.next[1], self.next[0])
        fade, end = FADE_SEC * self.rate, self.now + n
        sound = sum((voice.read(self.now, n, fade) for voice in self.voices), np.zeros((n, 2)))
        self.voices = [v for v in self.voices if v.stop + fade > end and (v.length or v.start + len(v.samples) > end)]
        self.now = end
        return np.clip(sound, -32768, 32767).astype(np.int16)


def main(folder):
    player = Player(folder)
    pygame.mixer.init(player.rate, -16, 2, BLOCK)
    pygame.display.set_mode((320, 80))
    keys = dict(zip("123456789", (section["id"] for section in player.sheet["sections"]), strict=False))
    player.section(keys["1"])
    while not pygame.event.peek(pygame.QUIT):
        if pygame.mixer.Channel(0).get_queue() is None:
            pygame.mixer.Channel(0).queue(pygame.sndarray.make_sound(player.mix(BLOCK)))
        for event in pygame.event.get(pygame.KEYDOWN):
            if event.unicode in STINGERS:
                player.sting(STINGERS[event.unicode])
            elif event.unicode in keys:
                player.jump(keys[event.unicode])
        pygame.time.wait(5)


if __name__ == "__main__":
    main(sys.argv[1])
