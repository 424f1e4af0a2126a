"""Where the training data comes from: origin, licence, what the licence obliges, checksum.

``ARCHIVES`` is a row for every source; a build looks its folders up under one data folder.
The checksums are SHA-256 of the archives as they were unpacked for the weights in the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symbolic_music.errors import InputError


@dataclass(frozen=True)
class Archive:
    """One upstream source; ``reader`` is the module of ``data_prep.readers`` that needs it."""

    folder: str
    reader: str
    upstream: str
    licence: str
    obligation: str
    sha256: str
    needed_for: str
    is_needed: bool = True  # without it its reader cannot run; else the reader goes on without


ARCHIVES = (
    Archive(
        "pop909_structure", "pop909", "https://github.com/Dsqvival/hierarchical-structure-analysis", "MIT",
        "Keep the notice «Copyright (c) 2020 Shuqi Dai».",
        "3de618c921ece7d8fab6b6e263ba2f19225c2841f2f0107f2a9cd65f89ff7be0",
        "POP909's phrase labels, melodies and chords",
    ),
    Archive(
        "pop909", "pop909", "https://github.com/music-x-lab/POP909-Dataset", "MIT",
        "Keep the notice «Copyright (c) 2020 Music X Lab»; cite Wang et al., ISMIR 2020. "
        "Songs are recent commercial pop: never ship the files.",
        "8fb43e7fe19fec0205b352819d811172c3af8eb64860dae495c928204b99c2c6",
        "POP909's piano, titles and artists", is_needed=False,
    ),
    Archive(
        "pop909_cl", "pop909", "https://github.com/AndyWeasley2004/POP909-CL-Dataset", "MIT",
        "Keep the notice «Copyright (c) 2025 AndyWeasley2004»; cite POP909 and BACHI.",
        "6356fb95017be215a4641c1d466832ef3db9b0228d4f6ed746ac2ebddbc798a3",
        "POP909's corrected chords", is_needed=False,
    ),
    Archive(
        "pop909_alignment.tsv", "pop909", "made for this project from the two sources above", "MIT", "None.",
        "630b793e7fb1a4dc42ed26179fe361a23bcd0ec7f0f1f1f4f309901ec9f35158",
        "putting the corrected chords on the bars of the labels", is_needed=False,
    ),
    Archive(
        "openewld", "openewld", "https://github.com/00sapo/OpenEWLD",
        "public domain (scores, lyrics); CC0 (genres); MIT (index)",
        "Keep «Copyright (c) 2018 00sapo»; openewld_works_CC-BY-NC.csv is non-commercial and is not read.",
        "7009b2e9ae48575e0f2f8b4eb089e34dbb891324da4e9d99bed9a7189c400a5d",
        "lead sheets with lyrics",
    ),
    Archive(
        "nottingham", "nottingham", "https://github.com/jukedeck/nottingham-dataset", "GPL-3.0",
        "Keep out of whatever is released under other terms; a build without it: --without nottingham.",
        "1e7f7f1272f78bbbc92e5d4d3b421608db0283371d2927304eccc9483c22aa62",
        "folk tunes with chords",
    ),
    Archive(
        "billboard", "billboard", "https://github.com/boomerr1/The-McGill-Billboard-Project", "CC0",
        "Citing Burgoyne, Wild, Fujinaga (ISMIR 2011) is asked for.",
        "6c1cb1d6fb19248ff3b25841d40041d77e32fbd83690e7f1385209f60a0946f0",
        "chords and forms of chart songs",
    ),
    Archive(
        "salami", "salami", "https://github.com/DDMAL/salami-data-public", "CC0",
        "Citing Smith et al. (ISMIR 2011) is asked for.",
        "d3f9e91750d4c41f902cd851ca19ec47f9bb899795ed437d84d1e71d59603906",
        "song forms in seconds",
    ),
    Archive(
        "groove", "groove", "https://magenta.tensorflow.org/datasets/groove", "CC-BY-4.0",
        "Name Google LLC and Gillick et al. (ICML 2019), and say what was changed.",
        "17afa304c98454f67e12e4c5a18cb58af6e85fa34d30d335dc9fdddc13f1e1ed",
        "human drumming",
    ),
    Archive(
        "freedoom", "freedoom", "https://github.com/freedoom/freedoom", "BSD-3-Clause",
        "Keep COPYING.adoc's notice and CREDITS-MUSIC; no endorsement by name.",
        "", "multi-track pieces",
    ),
    Archive(
        "th_free_music", "th_free_music", "https://github.com/tannerhelland/free-music", "CC-BY-4.0",
        "Name Tanner Helland, link the licence, say that the music was used for training and a part left out.",
        "1e05218659af5d7ae0cd308030b1ee7ca5191022adecdf876ed22ae392f0c60f",
        "multi-track pieces for games and film",
    ),
    Archive(
        "game_music", "game_music", "https://github.com/EasyRPG/RTP, https://github.com/Blasphemer/blasphemer",
        "CC-BY-4.0 (EasyRPG; Boss 3: CC0), BSD-3-Clause (Blasphemer)",
        "Name Juan Manuel Nigretti and Someoneman (EasyRPG RTP), link the licence, say that a part was left out; keep "
        "Blasphemer's COPYING.md (music by Jute Gyte), no endorsement by name.",
        "067d31892bcd4b924e24553c3f40765f516a6b076bbffee0f2aaf6ba973e6b15",
        "loops and jingles of games",
    ),
    Archive(
        "lieder", "lieder", "https://github.com/OpenScore/Lieder", "CC0", "Credit is asked for.",
        "d5e3fa2621d1e8c06d488cef669e70523f703b382e6ebfefbe28c2f0f0fe9199",
        "songs for voice and piano with lyrics",
    ),
    Archive(
        "rs200", "rs200", "https://github.com/danigb/rock-corpus", "CC-BY-4.0",
        "«A Corpus Study of Rock Music (RS200, v2.1) by Trevor de Clercq and David Temperley, CC BY 4.0 "
        "(https://creativecommons.org/licenses/by/4.0/), through github.com/danigb/rock-corpus. Changed: converted to "
        "note and chord lists; a part left out.» Cite de Clercq & Temperley, Popular Music 30/1 (2011). "
        "The songs are commercial: never ship the files.",
        "f92cd6cc3282a465ffd7e933ad20fda8700d18d3311a5c6a84eefa2cac29ab00",
        "rock melodies with chords and sections",
    ),
    Archive(
        "pd_songs", "pd_songs", "https://github.com/bbloomf/lilypond-songs", "public domain",
        "None; credit is courtesy.",
        "5d7a2d1919a52c568dac622d463f676a49c5d7815ded81255b121a7bdaa52319",
        "songs for voices with all verses",
    ),
    Archive(
        "open_hymnal", "open_hymnal", "https://github.com/jclements3/HarpHymnal", "public domain",
        "None; every tune says so of itself.",
        "a255604f8b38bc751a7ca9986746dadf5394f9b3e9683cbdd46a5a197a2cf441",
        "hymns in four voices with all verses",
    ),
    Archive(
        "mutopia_free", "mutopia_free", "https://github.com/MutopiaProject/MutopiaProject",
        "public domain; CC-BY-2.5 (by piece, in its row)",
        "«The Mutopia Project (mutopiaproject.org); Traditioner af Swenska Folk-Dansar typeset by Erik Sjölund, "
        "CC BY 2.5 (https://creativecommons.org/licenses/by/2.5/). Converted to MIDI; a part left out.»",
        "cb1968d31098d1e1e01014b84939768181f1f92371b2b1f815ea08410ecabd39",
        "hymns, dances, marches, rags and songs",
    ),
    Archive(
        "progressions", "progressions", "https://github.com/ldrolez/free-midi-chords", "MIT",
        "Keep the notice «Copyright (c) 2019 Ludovic Drolez».",
        "db110ceec055d31462e30cac1d393c605a5daf706a6dafce8fefb0ffeaeb304b",
        "chord progressions with moods",
    ),
)  # fmt: skip
READERS = tuple(dict.fromkeys(archive.reader for archive in ARCHIVES))


def licence_of(source: str) -> str:
    """Give a source's licence (of its first archive)."""
    return next(archive.licence for archive in ARCHIVES if archive.reader == source)


def check_sources(data: Path, wanted: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Find which of the wanted sources can be read, and say what is missing.

    Returns
    -------
    tuple
        The readers that can run, and a sentence for each missing archive.

    Raises
    ------
    InputError
        If the folder does not exist or holds none of the sources.
    """
    if not data.is_dir():
        raise InputError(f"{data}: no such folder; give the folder with the unpacked sources (--data, or "
                         f"SYMBOLIC_MUSIC_DATA in the environment)")  # fmt: skip
    missing = [a for a in ARCHIVES if a.reader in wanted and not (data / a.folder).exists()]
    broken = {archive.reader for archive in missing if archive.is_needed}
    readable = [reader for reader in wanted if reader not in broken]
    sentences = [
        f"{a.folder} is missing in {data} (needed for {a.needed_for}; from {a.upstream}): the build goes on without "
        + (f"{a.reader}" if a.is_needed else "it")
        for a in missing
    ]
    if not readable:
        raise InputError(f"{data}: none of the sources is here ({', '.join(wanted)}); {sentences[0]}")
    return readable, sentences
