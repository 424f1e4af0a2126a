"""Licences of soundfonts that people use, and what an unknown one says of itself.

The rows were read in the packages' copyright files or the fonts' own licence
texts; see soundfonts/README.md for the sources.
"""

from __future__ import annotations

from symbolic_music.formats.soundfont_file import SoundfontInfo

# The beginning of the name in the file, or of the file's name, without case and signs: the licence.
_KNOWN = {
    "fluidr3mono": "MIT",
    "fluidr3": "MIT",
    "musescoregeneral": "MIT; some samples public domain or CC0",
    "msgeneral": "MIT; some samples public domain or CC0",
    "generalusergs": "GeneralUser GS License 2.0: any use of the music, also sold",
    "timgm6mb": "GPL 2",
}
# Words in the copyright and comment, and what they name; the first that is found counts.
_WORDS = (
    ("CC0", "CC0"), ("MIT license", "MIT"), ("MIT licence", "MIT"), ("(MIT", "MIT"),
    ("GNU General Public", "GPL"), ("GPL", "GPL"), ("CC-BY", "Creative Commons"), ("CC BY", "Creative Commons"),
    ("Creative Commons", "Creative Commons"), ("public domain", "public domain"), ("freeware", "freeware"),
)  # fmt: skip


def find_licence(info: SoundfontInfo) -> tuple[str, str]:
    """Find a soundfont's licence.

    Returns
    -------
    (str, str)
        The licence, ``"unknown"`` if nothing says it; and where that is from:
        ``"known"``, ``"its texts"`` (look there for the terms) or ``""``.
    """
    for text in (info.name, info.path.stem):
        plain = "".join(letter for letter in text.lower() if letter.isalnum())
        for start, licence in _KNOWN.items():
            if plain.startswith(start):
                return licence, "known"
    said = f"{info.copyright} {info.comment}".lower()
    found = next((licence for word, licence in _WORDS if word.lower() in said), None)
    return (found, "its texts") if found else ("unknown", "")
