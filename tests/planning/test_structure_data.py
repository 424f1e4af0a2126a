"""Readers of structure annotations, on small made-up files."""

from __future__ import annotations

import json

from data_prep.pop909_form import sections_of_label
from data_prep.structure import kind_of, parse_billboard, read_billboard, salami_sections, song_name
from symbolic_music.planning.plan_tokens import FormSection


def test_billboard_bars_repeats_and_pauses():
    text = (
        "# title: X\n# metre: 6/8\n\n0.0\tsilence\n0.1\tA, intro, | C:maj | F:maj |, (guitar\n"
        "4.0\tB, verse, | C:maj | G:maj | x4\n9.0\t| &pause | C:maj | ->\n12.0\tZ, noise, | N |\n13.0\tend\n"
    )
    meter, sections = parse_billboard(text)
    assert meter == "6/8"
    assert sections == [FormSection("intro", "A", 2), FormSection("verse", "B", 9)]


def test_billboard_songs_come_once(tmp_path):
    lines = "0.0\tA, verse, | C:maj |\n1.0\tB, chorus, | C:maj |\n2.0\tA, verse, | C:maj |\n"
    for name in ("0001", "0002"):
        (tmp_path / "salami_chords" / name).mkdir(parents=True)
        (tmp_path / "salami_chords" / name / "salami_chords.txt").write_text("# metre: 4/4\n" + lines)
    entries = [{"id": name, "title": "T", "artist": "A", "same_song_ids": [other], "acousticbrainz": None}
               for name, other in (("0001", "0002"), ("0002", "0001"))]  # fmt: skip
    (tmp_path / "billboard_index.jsonl").write_text("\n".join(json.dumps(entry) for entry in entries))
    rows = list(read_billboard(tmp_path))
    assert len(rows) == 1 and rows[0].split in ("train", "validation")


def test_a_song_has_one_name_whatever_the_source_writes():
    assert song_name("Hey Jude!", "The Beatles") == song_name("The_Beatles", "hey jude")


def test_salami_seconds_become_usual_bars():
    functions = [(0.0, "Silence"), (0.4, "Intro"), (8.2, "Verse"), (40.5, "Chorus"), (57.0, "End")]
    letters = [(0.0, "Silence"), (0.4, "A"), (8.2, "B"), (40.5, "C'"), (57.0, "End")]
    assert salami_sections(functions, letters) == [
        FormSection("intro", "A", 4), FormSection("verse", "B", 16), FormSection("chorus", "C", 8),
    ]  # fmt: skip
    assert salami_sections([(0.0, "no_function"), (9.0, "Verse"), (20.0, "End")], []) == []


def test_kinds_are_normalised():
    labels = ("prechorus", "Fade-out", "main_theme", "trans", "verse three", "applause")
    assert [kind_of(label) for label in labels] == ["pre-chorus", "outro", "chorus", "interlude", "verse", None]


def test_pop909_letters_get_kinds_by_register_and_repetition():
    low, high = [60, 60, 62], [72, 74, 72, 76]
    label = "i4A8B8b4A8B8C8X4B8o4"
    spans = [(4, []), (8, low), (8, high), (4, []), (8, low), (8, high), (8, low), (4, low), (8, high), (4, [])]
    pitches = [pitch for n_bars, pitch in spans for _ in range(n_bars)]
    kinds = [(section.kind, section.n_bars) for section in sections_of_label(label, pitches)]
    assert kinds == [
        ("intro", 4), ("verse", 8), ("chorus", 8), ("interlude", 4), ("verse", 8), ("chorus", 8), ("bridge", 8),
        ("bridge", 4), ("chorus", 8), ("outro", 4),
    ]  # fmt: skip
