"""The trained plan network as a chooser among allowed tokens."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from symbolic_music.errors import CheckpointError
from symbolic_music.model.network_config import locate_tensors_in, read_tensor
from symbolic_music.model.plan_decoder import PlanDecoder, PlanNetworkConfig
from symbolic_music.planning.plan_tokens import build_vocabulary

WEIGHTS = Path(__file__).parents[1] / "weights"
WEIGHTS_FILE = "planner.safetensors"
# The rules of place leave a bridge fewer places than annotators do; this brings it back to about
# the half of all songs that have one (Billboard 351 of 685, POP909 820 of 1,582 forms).
NUDGES = {"Kind_bridge": 1.0}
KEPT_SECTION_TOKENS = 32 * 4  # the network sees the genre and the last 32 sections


class FormModel:
    """Shares of the allowed next tokens, given a row of tokens."""

    def __init__(self, network: PlanDecoder, vocabulary: list[str]) -> None:
        self._network = network
        self._id_of = {token: index for index, token in enumerate(vocabulary)}

    def log_shares(self, tokens: list[str], allowed: list[str]) -> np.ndarray:
        """Log probabilities among the allowed tokens, which sum to one.

        Parameters
        ----------
        tokens : list of str
            The form so far, genre first.
        allowed : list of str
            Tokens that may follow.
        """
        kept = [tokens[0], *tokens[1:][-KEPT_SECTION_TOKENS:]]
        logits = self._network.logits([self._id_of[token] for token in kept]).astype(np.float64)
        chosen = logits[[self._id_of[token] for token in allowed]]
        shifted = chosen - chosen.max()
        return shifted - np.log(np.exp(shifted).sum())

    def draw(self, tokens: list[str], allowed: list[str], temperature: float, rng: np.random.Generator) -> str:
        """Draw the next token among the allowed ones, ``NUDGES`` added to their log shares."""
        if len(allowed) == 1:
            return allowed[0]
        logs = self.log_shares(tokens, allowed) + [NUDGES.get(token, 0.0) for token in allowed]
        logs = logs / max(temperature, 1e-3)
        shares = np.exp(logs - logs.max())
        return allowed[int(rng.choice(len(allowed), p=shares / shares.sum()))]


@lru_cache(maxsize=2)
def load_form_model(folder: Path = WEIGHTS) -> FormModel:
    """Load ``planner.safetensors`` and ``planner.json`` from a folder.

    Raises
    ------
    CheckpointError
        If they are missing, broken or made for another vocabulary.
    """
    try:
        card = json.loads((folder / "planner.json").read_text(encoding="utf-8"))
    except FileNotFoundError as failure:
        raise CheckpointError(f"{failure.filename}: the planner's weights are missing; reinstall the package") from None
    except (OSError, ValueError) as failure:
        raise CheckpointError(f"{folder}: the planner's weights cannot be read: {failure}") from None
    vocabulary = build_vocabulary()
    if card.get("vocabulary") != vocabulary:
        raise CheckpointError(f"{folder / 'planner.json'}: made for another vocabulary; train the planner again")
    stored = locate_tensors_in(folder, WEIGHTS_FILE)
    try:
        weights = {name: read_tensor(folder, tensor) for name, tensor in stored.items()}
        network = PlanDecoder(PlanNetworkConfig(**card["config"]), weights)
    except (CheckpointError, KeyError, TypeError) as failure:
        raise CheckpointError(f"{folder / WEIGHTS_FILE}: not the planner's weights: {failure}") from None
    return FormModel(network, vocabulary)
