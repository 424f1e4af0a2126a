"""What people do in the studio, done in a browser from beginning to end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import mido
import pytest

pytestmark = pytest.mark.slow

_LOUDEST = """async () => {
    const { analyser } = studioPlayer, wave = new Float32Array(analyser.fftSize);
    let loudest = 0;
    for (let look = 0; look < 40; look++) {
        analyser.getFloatTimeDomainData(wave);
        for (const value of wave) loudest = Math.max(loudest, Math.abs(value));
        await new Promise((go) => setTimeout(go, 25));
    }
    return loudest;
}"""
_NOTES = "async () => (await (await fetch(`api/songs/${location.hash.slice(1)}/notes`)).json())"


def _open(page: Any, studio: str) -> None:
    """Open the song that the first journey made; make it if that one was left out."""
    page.goto(studio)
    page.locator(".songs, .empty").first.wait_for(state="attached")
    page.wait_for_timeout(500)
    if page.locator(".songs a").count() == 0:
        _make(page)
        return
    page.locator(".songs a", has_text="Lake").last.click()
    page.locator(".section").first.wait_for()


def _make(page: Any) -> None:
    page.get_by_label("What song to make").fill('happy pop song "Lake" with piano, bass and drums, 24 bars')
    page.get_by_role("button", name="Make").click()
    page.locator(".section").first.wait_for()


def _shoot(page: Any, shots: Path | None, name: str) -> None:
    if shots is not None:
        page.screenshot(path=shots / f"{name}.png")


def _done(page: Any) -> None:
    """Wait until a change was made."""
    page.locator(".said", has_text="Done").wait_for()


def _bar_notes(notes: dict[str, Any], first: int, last: int) -> list[tuple[Any, ...]]:
    """Everything that begins in some bars, counted from 0."""
    bars = notes["bars"]
    low, high = bars[first]["tick"] - 20, (bars[last + 1]["tick"] if last + 1 < len(bars) else notes["end_tick"]) - 20
    columns = ("onset_tick", "duration_tick", "pitch", "velocity")
    return [
        (track["name"], *note)
        for track in notes["tracks"]
        for note in zip(*(track["notes"][column] for column in columns), strict=True)
        if low <= note[0] < high
    ]


def test_a_song_is_made_from_a_line_of_words(page: Any, shots: Path | None) -> None:
    _shoot(page, shots, "empty")
    page.get_by_label("What song to make").fill('happy pop song "Lake" with piano, bass and drums, 24 bars')
    page.get_by_role("button", name="Make").click()
    page.locator(".progress").first.wait_for()
    _shoot(page, shots, "making")
    page.locator(".section").first.wait_for()
    page.wait_for_timeout(300)
    _shoot(page, shots, "song")
    assert page.locator(".section").count() >= 2
    assert "24 bars" in page.locator(".about").inner_text()


def test_the_song_sounds_and_stops(page: Any, studio: str, shots: Path | None) -> None:
    _open(page, studio)
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause").wait_for()
    page.wait_for_timeout(1000)
    before = page.evaluate("() => studioPlayer.position")
    assert page.evaluate(_LOUDEST) > 0.01
    assert page.evaluate("() => studioPlayer.position") > before + 0.5
    _shoot(page, shots, "playing")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.wait_for_timeout(2500)
    assert page.evaluate(_LOUDEST) < 0.001


def test_a_soloed_part_is_all_that_sounds(page: Any, studio: str) -> None:
    _open(page, studio)
    for button in page.locator("button[aria-label^=Mute]").all():
        button.click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause").wait_for()
    page.wait_for_timeout(1500)
    assert page.evaluate(_LOUDEST) < 0.005
    page.locator("button[aria-label^=Mute]").last.click()
    page.wait_for_timeout(500)


def test_a_selected_section_is_looped(page: Any, studio: str) -> None:
    _open(page, studio)
    section = page.locator(".section").nth(1)
    section.click()
    label = section.get_attribute("aria-label")
    first, last = map(int, re.search(r"bars (\d+) to (\d+)", label).groups())
    bars = page.evaluate(_NOTES)["bars"]
    page.get_by_role("button", name="Loop").click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause").wait_for()
    end = bars[last]["sec"] if last < len(bars) else None
    assert bars[first - 1]["sec"] - 0.1 <= page.evaluate("() => studioPlayer.position")
    if end is not None:
        page.evaluate("(at) => studioPlayer.seek(at)", end - 1.0)
        page.wait_for_timeout(3000)
        assert bars[first - 1]["sec"] - 0.1 <= page.evaluate("() => studioPlayer.position") < end - 1.0


def test_another_version_of_a_section_leaves_the_others_alone(page: Any, studio: str) -> None:
    _open(page, studio)
    section = page.locator(".section").nth(1)
    first, last = map(int, re.search(r"bars (\d+) to (\d+)", section.get_attribute("aria-label")).groups())
    before = page.evaluate(_NOTES)
    section.click()
    page.get_by_role("button", name="Another version").click()
    _done(page)
    after = page.evaluate(_NOTES)
    assert _bar_notes(before, first - 1, last - 1) != _bar_notes(after, first - 1, last - 1)
    if first > 2:
        assert _bar_notes(before, 0, first - 3) == _bar_notes(after, 0, first - 3)


def test_versions_are_heard_before_one_is_kept(page: Any, studio: str, shots: Path | None) -> None:
    _open(page, studio)
    before = page.evaluate(_NOTES)
    page.locator(".section").nth(1).click()
    page.get_by_role("button", name="Three to choose from").click()
    page.get_by_role("button", name="Version C").wait_for()
    assert page.evaluate(_NOTES)["tracks"] == before["tracks"]
    page.keyboard.press("2")
    page.locator(".take-row [aria-pressed=true]", has_text="B").wait_for()
    _shoot(page, shots, "versions")
    page.get_by_role("button", name="Keep version B").click()
    page.locator(".takes").wait_for(state="detached")
    assert page.evaluate(_NOTES)["tracks"] != before["tracks"]


def test_a_locked_section_is_refused_and_undo_says_what_it_undoes(page: Any, studio: str, shots: Path | None) -> None:
    _open(page, studio)
    before = page.evaluate(_NOTES)
    page.locator(".section").nth(1).click()
    page.get_by_role("button", name="Lock: nothing may change it").click()
    page.locator(".locks li").wait_for()
    page.get_by_role("button", name="Take it out").click()
    assert "locked" in page.get_by_role("alert").inner_text()
    _shoot(page, shots, "locked")
    assert page.evaluate(_NOTES)["tracks"] == before["tracks"]
    page.locator(".locks").get_by_role("button", name="Unlock").click()
    page.locator(".locks").wait_for(state="detached")
    page.get_by_role("button", name="Bigger").click()
    _done(page)
    assert page.evaluate(_NOTES)["tracks"] != before["tracks"]
    page.keyboard.press("Control+z")
    page.locator(".said", has_text="Undone").wait_for()
    assert page.evaluate(_NOTES)["tracks"] == before["tracks"]


def test_words_change_the_song_and_stand_in_its_history(page: Any, studio: str, shots: Path | None) -> None:
    _open(page, studio)
    page.get_by_label("What to change").fill("make it a bit faster")
    page.get_by_role("button", name="Change", exact=True).click()
    page.locator(".said").wait_for()
    _done(page)
    page.get_by_role("tab", name="History").click()
    assert "make it a bit faster" in page.locator(".history [aria-current]").inner_text()
    _shoot(page, shots, "history")
    page.get_by_label("What to change").fill("frobnicate the whatnot")
    page.get_by_role("button", name="Change", exact=True).click()
    assert "not understood" in page.get_by_role("alert").inner_text().lower()


def test_a_midi_file_becomes_a_song(page: Any, tmp_path: Path) -> None:
    song, track = mido.MidiFile(), mido.MidiTrack()
    for bar in range(8):
        for pitch in (60, 64, 67, 72):
            track += [
                mido.Message("note_on", note=pitch + bar % 3, velocity=80, time=0),
                mido.Message("note_off", note=pitch + bar % 3, velocity=64, time=480),
            ]
    song.tracks.append(track)
    song.save(tmp_path / "found.mid")
    page.locator("input[type=file]").set_input_files(tmp_path / "found.mid")
    page.locator(".section").first.wait_for()
    assert "8 bars" in page.locator(".about").inner_text()


def test_a_song_is_exported_and_downloaded(page: Any, studio: str, shots: Path | None) -> None:
    _open(page, studio)
    page.get_by_role("tab", name="Export").click()
    with page.expect_download() as loading:
        page.get_by_role("link", name="MIDI", exact=True).click()
    assert Path(loading.value.path()).read_bytes().startswith(b"MThd")
    page.get_by_label("one MIDI and one audio file a track").uncheck()
    page.get_by_label("the lead sheet as ABC").check()
    page.get_by_label("the full score as MusicXML").check()
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("link", name="All of it (.zip)").wait_for()
    _shoot(page, shots, "export")
    page.get_by_role("tab", name="Sheet").click()
    page.locator(".sheets img").first.wait_for()
    page.wait_for_timeout(300)
    assert page.locator(".sheets img").first.evaluate("(picture) => picture.naturalWidth") > 100
    _shoot(page, shots, "sheet")


def test_everything_is_found_after_a_reload(page: Any, studio: str) -> None:
    _open(page, studio)
    title, sections = page.locator("h1").inner_text(), page.locator(".section").count()
    page.reload()
    page.locator(".section").first.wait_for()
    assert (page.locator("h1").inner_text(), page.locator(".section").count()) == (title, sections)


def test_a_second_tab_follows(page: Any, studio: str) -> None:
    _open(page, studio)
    other = page.context.new_page()
    other.goto(page.url)
    other.locator(".section").first.wait_for()
    page.locator(".section").first.click()
    page.get_by_role("button", name="Lock: nothing may change it").click()
    other.locator(".locks li").wait_for()
    page.locator(".locks").get_by_role("button", name="Unlock").click()
    other.locator(".locks").wait_for(state="detached")
