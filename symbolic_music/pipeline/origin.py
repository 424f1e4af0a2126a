"""Where a song comes from: the engine, its weights, and what they learnt from."""

from __future__ import annotations

import hashlib
import platform
from importlib import metadata

from symbolic_music.model.chosen import PACKAGE_WEIGHTS, read_record, weights_folder

LIBRARIES = ("miditok", "numpy", "music21", "mido", "pyfluidsynth")

# What the weights and tables were made from; the songs themselves are not in the package.
TRAINING_SOURCES = (
    {"name": "POP909", "used_for": "melody, chords, piano, phrase labels", "licence": "MIT",
     "notice": "Copyright (c) 2020 Music X Lab"},
    {"name": "POP909 structure", "used_for": "sections and phrases", "licence": "MIT",
     "notice": "Copyright (c) 2020 Shuqi Dai"},
    {"name": "OpenEWLD", "used_for": "lead sheets", "licence": "MIT; scores in the public domain",
     "notice": "Copyright (c) 2018 00sapo"},
    {"name": "Nottingham", "used_for": "lead sheets of folk tunes", "licence": "GPL-3.0",
     "notice": "jukedeck/nottingham-dataset"},
    {"name": "McGill Billboard", "used_for": "sections, chords", "licence": "CC0",
     "notice": "Burgoyne, Wild, Fujinaga, ISMIR 2011"},
    {"name": "SALAMI", "used_for": "sections", "licence": "CC0", "notice": "Smith et al., ISMIR 2011"},
    {"name": "Groove MIDI", "used_for": "drum parts, statistics of drum timing and velocity", "licence": "CC BY 4.0",
     "notice": "Google LLC; Gillick et al., ICML 2019; put on a grid, without ghost strokes, over other songs' chords"},
    {"name": "POP909-CL", "used_for": "chords", "licence": "MIT", "notice": "Copyright (c) 2025 AndyWeasley2004"},
    {"name": "RS200", "used_for": "melody, chords", "licence": "CC BY 4.0",
     "notice": "A Corpus Study of Rock Music (RS200, v2.1) by Trevor de Clercq and David Temperley, CC BY 4.0 "
     "(https://creativecommons.org/licenses/by/4.0/); converted to note and chord lists, a part left out"},
    {"name": "Songs from the Public Domain", "used_for": "songs in several voices", "licence": "public domain",
     "notice": ""},
    {"name": "Open Hymnal", "used_for": "hymns in four voices", "licence": "public domain", "notice": ""},
    {"name": "Mutopia, its free part", "used_for": "songs, dances, hymns", "licence": "public domain; CC BY 2.5",
     "notice": "The Mutopia Project (mutopiaproject.org); Traditioner af Swenska Folk-Dansar typeset by Erik Sjölund, "
     "CC BY 2.5 (https://creativecommons.org/licenses/by/2.5/); converted to MIDI, a part left out"},
    {"name": "Free MIDI chords", "used_for": "progressions", "licence": "MIT",
     "notice": "Copyright (c) 2019 Ludovic Drolez"},
    {"name": "Freedoom", "used_for": "pieces for a band", "licence": "BSD-3-Clause",
     "notice": "see Freedoom's COPYING and CREDITS-MUSIC"},
    {"name": "Tanner Helland, free music", "used_for": "pieces for a band", "licence": "CC BY 4.0",
     "notice": "Tanner Helland, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/); used for training, a part "
     "left out"},
    {"name": "Game music: EasyRPG RTP, Blasphemer", "used_for": "pieces for a band",
     "licence": "CC BY 4.0 (EasyRPG); BSD-3-Clause (Blasphemer)",
     "notice": "Juan Manuel Nigretti and Someoneman (EasyRPG RTP), CC BY 4.0 "
     "(https://creativecommons.org/licenses/by/4.0/), a part left out; Jute Gyte (Blasphemer)"},
    {"name": "OpenScore Lieder", "used_for": "voice, piano, chords estimated from them", "licence": "CC0",
     "notice": "OpenScore; Gotham and Jonas, 2022"},
)  # fmt: skip


def describe_origin() -> dict[str, object]:
    """Collect versions, weights with their checksums, and the licences of what they learnt from."""
    from symbolic_music import __version__
    from symbolic_music.model.engine import engine_name

    # Two engines agree within rounding, so that now and then one note of many songs differs between them.
    network = engine_name()
    return {
        "engine": {"name": "symbolic-music", "version": __version__, "licence": "MIT", "network_runs_on": network},
        "weights": weight_files(),
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in (network, *LIBRARIES)},
        "training_sources": [dict(source) for source in TRAINING_SOURCES] + _own_sources(),
    }


def weight_files() -> list[dict[str, object]]:
    """List the weights in use: file, bytes, SHA-256; weights of one's own stand instead of the package's."""
    folder = weights_folder()
    package = PACKAGE_WEIGHTS.parent
    places = [package, *(place for place in package.iterdir() if place.is_dir())] if package.is_dir() else []
    found = []
    for place in places:
        chosen = folder if place == PACKAGE_WEIGHTS else place
        for item in chosen.glob("*.safetensors"):
            name = item.name if place == package else f"{chosen.name}/{item.name}"
            data = item.read_bytes()
            found.append({"file": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    return sorted(found, key=lambda row: str(row["file"]))


def _own_sources() -> list[dict[str, object]]:
    """Say what the chosen weights were tuned on, if they were."""
    folder = weights_folder()
    record = read_record(folder)
    if not record:
        return []
    names = [str(row.get("file", "")) for row in record.get("songs", [])]
    return [{
        "name": f"{folder.name}: {len(names)} files of one's own", "used_for": "fine-tuning: melody, chords",
        "licence": record.get("licence", ""), "notice": "", "files": names, "tuned_from": record.get("start", {}),
    }]  # fmt: skip


def _version(distribution: str) -> str:
    """The installed version of a library."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"
