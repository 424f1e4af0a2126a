"""The vocabulary as a ``miditok`` tokenizer: saved beside the weights, loaded with ``from_pretrained``.

It turns any single-voice or polyphonic track into plain bars of ``Position``,
``Pitch`` and ``Duration`` and back; phrase examples with conditions and
repetition tokens are made by ``codec``, from the same ids.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from miditok import MusicTokenizer, TokenizerConfig, TokSequence
from symusic import Note, Score, TimeSignature, Track

from symbolic_music.theory.meter import TPQ, Meter, snap_to_grid
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import decode_bar, encode_notes, split_bars
from symbolic_music.tokens.grammar import FOLLOWERS
from symbolic_music.tokens.phrase import PhraseMusic

_VELOCITY = 90


class PhraseTokenizer(MusicTokenizer):
    """Bars of positions, pitches and durations in the phrase model's vocabulary."""

    def __init__(self, tokenizer_config: TokenizerConfig | None = None, params: str | Path | None = None) -> None:
        super().__init__(tokenizer_config or default_config(), params)

    def _save_pretrained(self, *arguments: Any, **options: Any) -> None:
        """Write miditok's description, and token names in the order of ids, which training and its tools read."""
        super()._save_pretrained(*arguments, **options)
        folder = Path(arguments[0])
        (folder / v.TOKEN_FILE).write_text("\n".join(v.TOKENS) + "\n", encoding="utf-8")

    def _create_base_vocabulary(self) -> list[str]:
        """All tokens but the special ones, which miditok puts first."""
        return list(v.TOKENS[3:])

    def _create_token_types_graph(self) -> dict[str, set[str]]:
        """The union over parts of the grammar's table; the end of a bar is the next ``Bar``."""
        graph: dict[str, set[str]] = {kind: set() for kind in v.IDS_OF_TYPE if kind not in ("PAD", "BOS", "EOS")}
        for followers in FOLLOWERS.values():
            for kind, following in followers.items():
                graph[kind] |= {"Bar" if other == "End" else other for other in following}
        # Chords beside the notes stand between the bar line and its notes.
        graph["Quality"] |= {"Bar"}
        graph["Target"] |= {"Bar", "Upbeat"}
        graph["Own"] |= {"Position", "Same", "Ref", "Figure", "Bar"}
        return graph

    def _add_time_events(self, events: list[Any], time_division: int) -> list[Any]:
        """Not used: ``_score_to_tokens`` writes bars itself."""
        return events

    def _score_to_tokens(self, score: Score, attribute_controls_indexes: Any = None) -> list[TokSequence]:
        """One sequence a track: its notes bar by bar in the score's first meter."""
        meter = _first_meter(score)
        sequences = []
        for track in score.tracks:
            rows = sorted({(snap_to_grid(n.time * TPQ / score.tpq), n.pitch): n.duration * TPQ / score.tpq
                           for n in track.notes}.items())  # fmt: skip
            notes = tuple((on, v.nearest_duration(round(length)), pitch) for (on, pitch), length in rows)
            n_bars = max((on // meter.bar_ticks + 1 for on, _, _ in notes), default=0)
            music = PhraseMusic(n_bars, meter.bar_ticks, (), notes)
            ids = [index for bar in range(n_bars) for index in (v.PLAIN_BAR, *encode_notes(music.notes_of_bar(bar)))]
            sequences.append(TokSequence(ids=ids, tokens=[v.TOKENS[index] for index in ids]))
        return sequences

    def _tokens_to_score(
        self, tokens: TokSequence | list[TokSequence], programs: list[tuple[int, bool]] | None = None
    ) -> Score:
        """Decode plain bars, read as 4/4."""
        score = Score(TPQ)
        score.time_signatures.append(TimeSignature(0, 4, 4))
        for number, sequence in enumerate(tokens if isinstance(tokens, list) else [tokens]):
            program, is_drum = programs[number] if programs else (0, False)
            track = Track(program=program, is_drum=is_drum)
            for bar, content in enumerate(split_bars(sequence.ids)):
                for tick, length, pitch in decode_bar(content)[1]:
                    track.notes.append(Note(bar * 4 * TPQ + tick, length, pitch, _VELOCITY))
            score.tracks.append(track)
        return score


def default_config() -> TokenizerConfig:
    """The one configuration the vocabulary is made for."""
    return TokenizerConfig(
        pitch_range=(v.LOWEST_PITCH, v.HIGHEST_PITCH + 1),
        beat_res={(0, 12): TPQ},
        special_tokens=["PAD", "BOS", "EOS"],
        use_velocities=False,
        use_programs=False,
    )


def _first_meter(score: Score) -> Meter:
    """The score's first time signature, 4/4 if it has none."""
    if not score.time_signatures:
        return Meter(4, 4)
    first = score.time_signatures[0]
    return Meter(first.numerator, first.denominator)
