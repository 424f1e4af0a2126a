"""Readers of structure annotations, on small made-up files."""

from __future__ import annotations

from data_prep import build as building
from data_prep.chunks import make_chunk
from data_prep.pop909_form import sections_of_label
from data_prep.structure import kind_of, read_billboard, salami_sections, song_name
from symbolic_music.planning.plan_tokens import FormSection
from tests.data_prep.sample_data import write_sample


def test_billboard_forms_are_those_of_the_dataset(tmp_path, monkeypatch):
    data = write_sample(tmp_path / "data")

    def run(chunks, options):
        yield from (make_chunk(chunk.to_json()) for chunk in chunks)

    monkeypatch.setattr(building, "_run", run)
    building.build(data, tmp_path / "dataset", building.BuildOptions(sources=("billboard",)))
    (row,) = read_billboard(tmp_path / "dataset")
    assert [(section.kind, section.n_bars) for section in row.sections] == [("intro", 2), ("verse", 8), ("chorus", 8)]
    assert (row.source, row.meter, row.genre, row.tempo_qpm) == ("billboard", "4/4", "country", 120.0)
    assert row.split in ("train", "validation")


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
