"""A program of its own that speaks lines with libespeak-ng and says when each sound begins.

    python espeak_events.py VOICE SPEED FOLDER < lines.json

It imports nothing of this package, so that the library stays in this process. For line N it writes the samples
(16 bit, one channel) to ``FOLDER/N.raw``; it prints the sample rate and, for each line, its events:
``["word", byte of the text, sample]`` and ``["phone", name, sample]``.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import sys
from pathlib import Path

# Of speak_lib.h: play nothing but call back, with an event for each phoneme, in IPA.
_SYNCHRONOUS, _PHONEME_EVENTS, _IN_IPA, _UTF8 = 2, 1, 2, 1
_WORD, _PHONE = 1, 7
_SPEED, _RANGE = 1, 4


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int), ("unique", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int), ("sample", ctypes.c_int), ("user_data", ctypes.c_void_p), ("id", _Id),
    )  # fmt: skip


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def main(voice: str, speed: str, folder: str) -> None:
    """Speak the lines that stand in the input."""
    library = ctypes.CDLL(ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1")
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS | _IN_IPA)
    # A voice that is not there is refused here; some names fall back to English without a word.
    if rate <= 0 or library.espeak_SetVoiceByName(voice.encode()) != 0:
        sys.exit(f"no voice {voice}")
    library.espeak_SetParameter(_SPEED, int(speed), 0)
    library.espeak_SetParameter(_RANGE, 10, 0)  # a level pitch: the tune gives its own
    samples, events = bytearray(), []  # type: bytearray, list[list[object]]

    def heard(wave: object, n_samples: int, reported: object) -> int:
        if wave and n_samples > 0:
            samples.extend(ctypes.string_at(wave, n_samples * 2))  # type: ignore[arg-type]
        at = 0
        while reported[at].type:  # type: ignore[index]
            event = reported[at]  # type: ignore[index]
            if event.type == _WORD:
                events.append(["word", event.text_position - 1, event.sample])
            elif event.type == _PHONE:
                name = bytes(event.id.string).split(b"\0")[0].decode("utf-8", "replace")
                events.append(["phone", name, event.sample])
            at += 1
        return 0

    callback = _Callback(heard)  # held here: the library keeps no hold of it
    library.espeak_SetSynthCallback(callback)
    spoken = []
    for number, line in enumerate(json.load(sys.stdin)):
        samples.clear()
        events.clear()
        text = line.encode()
        library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
        Path(folder, f"{number}.raw").write_bytes(samples)
        spoken.append(list(events))
    print(json.dumps({"sample_rate": rate, "lines": spoken}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
