"""The pictures of `docs/editing.md`: `python -m tests.docs.pictures docs/images/edits [NAME ...]`.

One song, a kind of edit a picture: before and after, red what is gone, green what is new.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from symbolic_music import Edit, Operation, create
from symbolic_music.drawing.changes import draw_changes
from symbolic_music.pipeline.creation import CreateOptions
from symbolic_music.pipeline.editing import edit_song
from symbolic_music.song.brief import Brief

BRIEF = Brief(prompt="happy pop song about summer", form="intro2 verse4 chorus4 verse4 bridge4 chorus4", seed=11)
EDITS = {
    "take": Operation(section="chorus 2", take=2),
    "melody": Operation(section="chorus 1", part="melody", take=2, keep=("rhythm",)),
    "player": Operation(section="verse 2", part="bass", take=2),
    "infill": Operation(bars="8-9", infill=True),
    "vary": Operation(section="verse 2", vary=0.3),
    "reharmonize": Operation(section="verse 1", reharmonize=True),
    "continue": Operation(section="chorus 2", continue_bars=4),
    "chords": Operation(bars="3-6", chords="Am7 D7 | Gmaj7 | C6 | F"),
    "insert": Operation(insert="bridge 4", before="chorus 2"),
    "remove": Operation(section="verse 2", remove=True),
    "duplicate": Operation(section="last chorus", duplicate=True),
    "move": Operation(section="chorus 1", move=True, before="verse 1"),
    "length": Operation(section="chorus 1", times=1.5),
    "longer": Operation(section="chorus 1", longer=-2),
    "swap": Operation(section="bridge", swap="chorus 1"),
    "transpose": Operation(section="last chorus", transpose=2),
    "colour": Operation(section="verse 2", colour="darker"),
    "intensity": Operation(section="verse 2", intensity=0.3),
    "dynamics": Operation(bars="9-10", intensity=-0.4),
    "busier": Operation(section="verse 2", part="drums", notes=1.4),
    "thinner": Operation(section="verse 2", part="piano", notes=0.5),
    "fade": Operation(section="chorus 1", part="drums", fade="out"),
    "simpler": Operation(section="chorus 1", tune="simpler"),
    "catchier": Operation(section="chorus 1", tune="catchier"),
    "richer": Operation(section="verse 1", harmony="richer"),
    "resolve": Operation(section="verse 2", resolve=True),
    "like": Operation(section="verse 1", like="chorus 1"),
    "band": Operation(section="verse 2", band="+cello -drums"),
    "only": Operation(section="verse 2", band="only piano, melody"),
    "style": Operation(style="bossa nova"),
    "tempo": Operation(tempo_qpm=90),
    "swing": Operation(swing=0.667),
    "meter": Operation(meter="3/4"),
    "section-meter": Operation(section="bridge", meter="7/8"),
}


def main() -> None:
    """Draw the pictures that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs.pictures", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(EDITS))
    options = parser.parse_args()
    song = create(BRIEF, None, CreateOptions(audio="none"))
    for name in options.names or EDITS:
        made = edit_song(song, Edit(operations=(EDITS[name],)))
        draw_changes(song.score, made.song.score, options.folder / f"{name}.svg", "; ".join(made.did))


if __name__ == "__main__":
    main()
