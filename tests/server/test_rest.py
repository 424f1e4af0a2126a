"""REST: songs made, found again, exported and refused, as a client sees it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from symbolic_music.server.app import make_app
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.service import Service
from tests.server.conftest import HERE, QUICK, wait_for

QUICK_SONG = {"brief": {"prompt": "quick", "seed": 1}}
WALTZ = {"brief": {"prompt": "calm waltz in D", "n_bars": 8, "seed": 3}}


def _finished(client: TestClient, job_id: str) -> dict:
    wait_for(lambda: client.get(f"/api/jobs/{job_id}").json()["state"] in ("done", "failed", "cancelled"))
    return client.get(f"/api/jobs/{job_id}").json()


def _events(text: str) -> list[tuple[str, dict]]:
    """Read a stream of events."""
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def _joined(pieces: Iterable[list[Any]]) -> list[Any]:
    return [one for piece in pieces for one in piece]


def test_a_song_is_made_read_and_exported(real_client: TestClient) -> None:
    answer = real_client.post("/api/songs", json=WALTZ)
    job = answer.json()
    assert answer.status_code == 202 and answer.headers["location"] == f"/api/jobs/{job['id']}" and job["seed"] == 3
    stream = real_client.get(f"/api/jobs/{job['id']}/events")
    assert stream.headers["content-type"].startswith("text/event-stream")
    events = _events(stream.text)
    assert events[0][0] == "queued" and events[-1][0] == "done"
    assert {data["stage"] for kind, data in events if kind == "stage"} == {"plan", "compose", "arrange", "perform"}

    song = real_client.get(f"/api/songs/{job['song_id']}").json()
    assert song["meter"] == "3/4" and song["key"].startswith("D") and song["n_bars"] == 8 and song["seed"] == 3
    notes = real_client.get(f"/api/songs/{job['song_id']}/notes").json()
    assert len(notes["bars"]) == 8 and notes["bars"][1]["tick"] == 3 * notes["tpq"]
    assert [track["name"] for track in notes["tracks"]] == [track["name"] for track in song["tracks"]]
    assert sum(len(track["notes"]["pitch"]) for track in notes["tracks"]) == sum(t["n_notes"] for t in song["tracks"])
    # Its bars came while it was made, section by section, and they are all of it.
    told = [data for kind, data in events if kind == "bars"]
    assert [data["section"] for data in told] == [section["name"] for section in song["sections"]]
    assert [data["first_bar"] for data in told] == np.cumsum([0, *(data["n_bars"] for data in told)])[:-1].tolist()
    assert _joined(data["bars"] for data in told) == notes["bars"]
    assert _joined(data["chords"] for data in told) == notes["chords"]
    for number, track in enumerate(notes["tracks"]):
        own = [data["tracks"][number] for data in told]
        assert {piece["name"] for piece in own} == {track["name"]}
        for column in ("onset_tick", "pitch", "velocity"):
            assert _joined(piece["notes"][column] for piece in own) == track["notes"][column]
    pages = real_client.get(f"/api/songs/{job['song_id']}/pages").json()
    assert isinstance(pages, list), pages
    assert pages[0].startswith("<svg")
    # The same request again is the same song, and costs nothing.
    again = real_client.post("/api/songs", json=WALTZ)
    assert again.status_code == 200 and again.json()["id"] == job["id"]

    export = real_client.post(f"/api/songs/{job['song_id']}/exports", json={"formats": ["midi", "abc"]}).json()
    assert _finished(real_client, export["id"])["state"] == "done"
    files = real_client.get(f"/api/jobs/{export['id']}/files").json()["files"]
    assert files == ["all.zip", "lead.abc", "song.mid"]
    midi = real_client.get(f"/api/jobs/{export['id']}/files/song.mid").content
    assert midi.startswith(b"MThd")

    upload = real_client.post("/api/uploads", params={"name": "../../edited.mid"}, content=midi).json()
    assert upload["name"] == "edited.mid" and upload["bytes"] == len(midi)
    read = real_client.post("/api/imports", json={"upload_id": upload["id"], "like": job["song_id"]}).json()
    assert _finished(real_client, read["id"])["state"] == "done"
    assert real_client.get(f"/api/songs/{read['song_id']}").json()["n_bars"] == 8


def test_a_file_from_elsewhere_is_imported(client: TestClient, song_folder: Path) -> None:
    midi = (song_folder / "song.mid").read_bytes()
    upload = client.post("/api/uploads", params={"name": "found.mid"}, content=midi).json()
    job = client.post("/api/imports", json={"upload_id": upload["id"]}).json()
    assert _finished(client, job["id"])["state"] == "done"


def test_ranges_of_a_file_are_answered(client: TestClient) -> None:
    song_id = client.post("/api/songs", json=QUICK_SONG).json()["song_id"]
    wait_for(lambda: client.get(f"/api/songs/{song_id}").status_code == 200)
    whole = client.get(f"/api/songs/{song_id}/files/song.mid")
    part = client.get(f"/api/songs/{song_id}/files/song.mid", headers={"Range": "bytes=4-9"})
    assert part.status_code == 206 and part.content == whole.content[4:10] and "etag" in whole.headers
    assert client.get(f"/api/songs/{song_id}/files/song.mid", headers={"Range": "bytes=99999999-"}).status_code == 416


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/api/songs", {"brief": {"genre": "polka"}}, "it is a style: style='polka'"),
        ("/api/songs", {"brief": {"tempo_qpm": 900}}, "less than or equal to 260"),
        ("/api/songs", {"brief": {"tempo": 90}}, "/brief/tempo"),
        ("/api/songs", {"brief": {"band": ["pianno"]}}, "did you mean piano"),
        ("/api/songs", {"soundfont": "/etc/passwd"}, "/soundfont"),
        ("/api/songs", {"like": "/etc/passwd"}, "/like"),
        ("/api/songs", {"brief": {"prompt": "a\x00b" * 3, "n_bars": 2**70}}, "/brief/n_bars"),
        ("/api/songs", {"audio": "mp3"}, "use one of wav, none"),
        ("/api/imports", {"upload_id": "../../etc"}, "/upload_id"),
        ("/api/imports", {"upload_id": "u1"}, "POST /api/uploads first"),
    ],
)
def test_what_cannot_be_made_is_a_problem_with_a_hint(client: TestClient, path: str, body: dict, said: str) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code in (404, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.text.replace('\\"', '"') and answer.json()["status"] == answer.status_code


def test_errors_of_the_framework_are_problems_too(client: TestClient) -> None:
    for method, path, status in (("GET", "/api/nothing", 404), ("PUT", "/api/songs", 405), ("GET", "/api/jobs/j1", 404),
                                 ("GET", "/api/songs/s1/files/..%2fjobs.sqlite", 404)):  # fmt: skip
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), path
    broken = client.post("/api/songs", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400 and broken.headers["content-type"] == "application/problem+json"
    large = client.post("/api/songs", json={"brief": {"prompt": "x" * 600_000}})
    assert large.status_code == 413 and "512 kB" in large.json()["detail"]
    no_music = client.post("/api/uploads", params={"name": "a.mid"}, content=b"GIF89a")
    assert no_music.status_code == 422 and ".dawproject" in no_music.json()["hint"]
    wrong_id = client.get("/api/events", headers={"Last-Event-ID": "null"})
    assert wrong_id.status_code == 422 and wrong_id.headers["content-type"] == "application/problem+json"


def test_a_key_is_one_job_and_not_two_requests(client: TestClient) -> None:
    keyed = {"Idempotency-Key": "one"}
    first = client.post("/api/songs", json={"brief": {"prompt": "quick"}}, headers=keyed)
    second = client.post("/api/songs", json={"brief": {"prompt": "quick"}}, headers=keyed)
    other = client.post("/api/songs", json={"brief": {"prompt": "another"}}, headers=keyed)
    assert (first.status_code, second.status_code, other.status_code) == (202, 200, 422)
    assert first.json()["id"] == second.json()["id"] and isinstance(first.json()["seed"], int)
    # Without a key and a seed, each is a new song.
    free = [client.post("/api/songs", json={"brief": {"prompt": "quick"}}).json()["id"] for _ in range(2)]
    assert free[0] != free[1]


def test_a_job_is_cancelled_and_leaves_nothing(client: TestClient) -> None:
    home = client.app.state.service.options.home
    job = client.post("/api/songs", json={"brief": {"prompt": "slow"}}).json()
    wait_for(lambda: client.get(f"/api/jobs/{job['id']}").json()["stage"] == "compose")
    waiting = client.post("/api/songs", json={"brief": {"prompt": "slow too"}}).json()
    assert client.delete(f"/api/jobs/{waiting['id']}").json()["state"] == "cancelled"
    assert client.delete(f"/api/jobs/{job['id']}").status_code == 202
    assert _finished(client, job["id"])["state"] == "cancelled"
    assert client.get(f"/api/songs/{job['song_id']}").status_code == 404
    assert not (home / "songs" / job["song_id"]).exists()
    wait_for(lambda: not list((home / "work").iterdir()))
    # A stream that goes on after an event says what came later only.
    events = client.get(f"/api/jobs/{job['id']}/events", params={"once": True})
    number = int(events.text.split("id: ")[1].split()[0])
    rest = client.get(f"/api/jobs/{job['id']}/events", headers={"Last-Event-ID": str(number)})
    assert len(_events(rest.text)) == len(_events(events.text)) - 1 and _events(rest.text)[-1][0] == "cancelled"


def test_a_deleted_song_is_gone_and_can_be_made_again(client: TestClient) -> None:
    job = client.post("/api/songs", json=QUICK_SONG).json()
    wait_for(lambda: client.get(f"/api/jobs/{job['id']}").json()["state"] == "done")
    assert client.delete(f"/api/songs/{job['song_id']}").status_code == 204
    assert client.get(f"/api/songs/{job['song_id']}").status_code == 404
    assert client.post("/api/songs", json=QUICK_SONG).status_code == 202


def test_choices_say_what_may_be_asked(client: TestClient) -> None:
    answer = client.get("/api/choices")
    said = answer.json()
    assert {"bossa nova", "shuffle"} <= {style["name"] for style in said["styles"]}
    assert "calm" in said["moods"] and "F# minor" in said["keys"] and said["ranges"]["tempo_qpm"] == [30, 260]
    assert client.get("/api/choices", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_only_the_own_page_and_the_token_get_in(quick_home: Path) -> None:
    token = "a-long-enough-token"
    app = make_app(Service(ServerOptions(quick_home, host="0.0.0.0", token=token, n_workers=0), QUICK))
    with TestClient(app, base_url="http://music.example") as client:
        assert client.get("/api/songs").status_code == 401
        assert client.get("/api/songs", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/api/songs", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        assert client.get("/api/health").status_code == 200
        assert client.get("/", params={"token": token}).status_code == 200
        assert client.get("/api/songs").status_code == 200  # by the cookie
    with pytest.raises(ValueError, match="give a --token"):
        ServerOptions(quick_home, host="0.0.0.0")


def test_other_pages_are_not_answered(client: TestClient) -> None:
    assert client.get("/api/songs", headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.get("/api/songs", headers={"Host": "evil.example"}).status_code == 403
    own = client.get("/api/songs", headers={"Origin": HERE})
    assert own.status_code == 200 and "access-control-allow-origin" not in own.headers


def test_the_openapi_is_of_the_request_documents(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    brief = schema["components"]["schemas"]["Brief"]["properties"]
    assert brief["tempo_qpm"]["anyOf"][0]["maximum"] == 260 and "Quarter notes" in brief["tempo_qpm"]["description"]
    text = json.dumps(schema)
    assert "HTTPValidationError" not in text and '"format": "path"' not in text
    assert any(said in client.get("/").text for said in ("not built", 'id="app"'))


def test_a_song_is_edited_undone_and_locked(real_client: TestClient) -> None:
    made = real_client.post("/api/songs", json=WALTZ).json()
    assert _finished(real_client, made["id"])["state"] == "done"
    place = f"/api/songs/{made['song_id']}"
    before = real_client.get(place).json()
    operation = {"operations": [{"transpose": 2}], "words": "two steps up"}
    job = real_client.post(f"{place}/edits", json=operation, headers={"If-Match": "1"}).json()
    assert _finished(real_client, job["id"])["state"] == "done"
    after = real_client.get(place).json()
    assert after["revision"] == 2 and after["key"].startswith("E")
    stale = real_client.post(f"{place}/undo", headers={"If-Match": "1"})
    assert stale.status_code == 409 and "revision 2, not 1" in stale.json()["detail"]
    states = real_client.get(f"{place}/history").json()
    assert states[-1]["words"] == "two steps up" and states[-1]["is_present"]
    undone = real_client.post(f"{place}/undo").json()
    assert undone["key"] == before["key"] and undone["revision"] == 3
    wish = real_client.post(f"{place}/wishes", json={"words": "transpose it up two semitones"}).json()
    assert wish["operations"] == [{"transpose": 2}] and wish["said"] == ["the song: transpose +2"]
    unread = real_client.post(f"{place}/wishes", json={"words": "frobnicate it"})
    assert unread.status_code == 422 and "not understood" in unread.json()["detail"]
    nothing = real_client.post(f"{place}/undo")
    assert nothing.status_code == 422 and "/home" not in nothing.text and "/tmp" not in nothing.text

    section = before["sections"][-1]["name"]
    locked = real_client.post(f"{place}/locks", json={"locks": [{"section": section}]}).json()
    assert locked["locks"] == [{"section": section, "what": "all"}]
    refused = real_client.post(f"{place}/edits", json={"operations": [{"section": section, "intensity": 0.2}]}).json()
    failed = _finished(real_client, refused["id"])
    assert failed["state"] == "failed" and "lock" in str(failed["problem"])
    assert real_client.post(f"{place}/unlock", json={}).json()["locks"] == []

    choices = {"operations": [{"section": section, "part": "melody", "take": 2}], "choices": 2}
    job = real_client.post(f"{place}/edits", json=choices).json()
    assert _finished(real_client, job["id"])["state"] == "done"
    assert [take["number"] for take in real_client.get(f"{place}/takes").json()] == [1, 2]
    notes = real_client.get(f"{place}/takes/2/notes").json()
    chosen = real_client.post(f"{place}/takes/2").json()
    assert chosen["revision"] > locked["revision"]
    assert real_client.get(f"{place}/notes").json()["tracks"][0]["notes"] == notes["tracks"][0]["notes"]
    assert real_client.get(f"{place}/takes/9/notes").status_code == 404


def test_words_alone_change_a_song_or_nothing_at_all(client: TestClient) -> None:
    song = client.post("/api/songs", json={"brief": {"prompt": "quick words", "seed": 1}}).json()
    assert _finished(client, song["id"])["state"] == "done"
    place = f"/api/songs/{song['song_id']}"
    notes, row = client.get(f"{place}/notes").json(), client.get(place).json()

    lost = client.post(f"{place}/edits", json={"words": "make it two tones lower and more purple"})
    assert lost.status_code == 422 and lost.headers["content-type"] == "application/problem+json"
    problem = lost.json()
    assert "not understood: 'more purple'" in problem["detail"] and "last chorus bigger" in problem["hint"]
    nothing = client.post(f"{place}/edits", json={"words": " "})
    assert nothing.status_code == 422 and "nothing is asked" in nothing.json()["detail"]
    assert client.get(f"{place}/notes").json() == notes and client.get(place).json() == row

    job = client.post(f"{place}/edits", json={"words": "make it two semitones higher and a bit slower"}).json()
    result = _finished(client, job["id"])["result"]
    assert result["understood"] == ["the song: transpose +2", "the song: faster 0.952"]
    assert client.get(f"{place}/history").json()[-1]["words"] == "make it two semitones higher and a bit slower"
    assert client.get(place).json()["revision"] == 2


def test_a_song_is_corrected_by_hand(client: TestClient) -> None:
    song_id = client.post("/api/songs", json={"brief": {"prompt": "quick", "seed": 77}}).json()["song_id"]
    wait_for(lambda: client.get(f"/api/songs/{song_id}").status_code == 200)
    notes = client.get(f"/api/songs/{song_id}/notes").json()
    track = notes["tracks"][0]
    onset, pitch = track["notes"]["onset_tick"][0], track["notes"]["pitch"][0]
    asked = {"notes": [{"track": track["name"], "onset_tick": onset, "pitch": pitch, "to_pitch": pitch - 1}]}
    answer = client.post(f"/api/songs/{song_id}/corrections", json=asked, headers={"If-Match": "1"})
    assert answer.status_code == 200 and answer.json()["revision"] == 2 and answer.json()["locks"]
    assert client.get(f"/api/songs/{song_id}/notes").json()["tracks"][0]["notes"]["pitch"][0] == pitch - 1
    late = client.post(f"/api/songs/{song_id}/corrections", json=asked, headers={"If-Match": "1"})
    assert late.status_code == 409
    gone = client.post(f"/api/songs/{song_id}/corrections", json=asked)
    assert gone.status_code == 422 and "no note" in gone.json()["detail"]


def test_a_soundfont_of_some_players_is_small(client: TestClient) -> None:
    answer = client.get("/api/soundfont", params={"presets": "0-0,128-0"})
    if answer.status_code == 503:
        pytest.skip("needs a soundfont")
    assert answer.content[:4] == b"RIFF" and answer.content[8:12] == b"sfbk"
    for wrong in ("0-200", "129-0"):
        assert client.get("/api/soundfont", params={"presets": wrong}).status_code == 422
    assert client.get("/api/soundfont", params={"presets": "../x"}).status_code == 422


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.musicxml", b"<?xml version='1.0'?><score-partwise/>"), ("a.abc", b"X:1\nK:C\nCDEF|"), ("a.txt", b"C | G"),
        ("a.wav", b"RIFF\0\0\0\0WAVE"), ("a.mp3", b"ID3\3"), ("a.mxl", b"PK\3\4"),
    ],
)  # fmt: skip
def test_files_that_begin_as_they_should_are_taken(client: TestClient, name: str, data: bytes) -> None:
    assert client.post("/api/uploads", params={"name": name}, content=data).status_code == 201
    wrong = client.post("/api/uploads", params={"name": name}, content=b"\0\0MZ\0\0")
    assert wrong.status_code == 422
