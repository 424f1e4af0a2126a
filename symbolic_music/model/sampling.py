"""Draw tokens of many rows at once: sees logits, masks and numbers drawn before, never a chord."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SamplingOptions:
    """How tokens are drawn.

    ``guidance`` over 0 moves the odds away from what the network says where a condition is left open:
    log p + guidance (log p - log p without it), classifier-free guidance after Ho and Salimans
    (2022). It needs the prefixes without the condition, and twice the time.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    max_steps: int = 640
    guidance: float = 0.0


def draw_tokens(
    logits: np.ndarray, allowed: np.ndarray, chances: np.ndarray, temperature: np.ndarray, top_p: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draw one allowed token a row by temperature and nucleus (Holtzman et al. 2020).

    The shares are laid end to end in the order of the vocabulary and the token is taken in whose share the chance
    falls. That order does not depend on the logits, so two engines that differ by rounding draw different tokens
    only where a chance falls on the very border of a share.

    Parameters
    ----------
    logits : float array, shape (rows, vocabulary)
        What the network says.
    allowed : bool array, shape (rows, vocabulary)
        Which tokens may be drawn, one at least in each row.
    chances : float array, shape (rows,)
        Uniform numbers in [0, 1), one a row.
    temperature, top_p : float array, shape (rows,)
        Over 0; over 0 to 1.

    Returns
    -------
    tokens : int array, shape (rows,)
    log_shares : float array, shape (rows,)
        Log likelihoods (nats) of what was drawn among the allowed tokens, at temperature 1.
    """
    rows = np.arange(len(logits))
    some = np.flatnonzero(allowed.any(axis=0))  # most tokens are allowed in no row
    values = np.where(allowed[:, some], logits[:, some], -np.inf).astype(np.float64)
    values -= values.max(axis=1, keepdims=True)
    plain = np.exp(values)
    shares = plain if (temperature == 1.0).all() else np.exp(values / temperature[:, None])
    if (top_p < 1.0).any():
        shares = _nucleus(shares, top_p)
    ends = shares.cumsum(axis=1)
    # Rounding may lift the product to the sum of all shares, which lies behind the last of them.
    places = np.minimum(chances * ends[:, -1], np.nextafter(ends[:, -1], 0.0))
    drawn = (ends > places[:, None]).argmax(axis=1)
    return some[drawn], values[rows, drawn] - np.log(plain.sum(axis=1))


def _nucleus(shares: np.ndarray, top_p: np.ndarray) -> np.ndarray:
    """Keep the largest shares, as few as make up ``top_p`` of all."""
    falling = -np.sort(-shares, axis=1)
    before = falling.cumsum(axis=1) - falling
    inside = before < top_p[:, None] * falling.sum(axis=1, keepdims=True)
    smallest = np.where(inside, falling, np.inf).min(axis=1)
    return np.where(shares >= smallest[:, None], shares, 0.0)


def guide_away(said: np.ndarray, left_open: np.ndarray, guidance: np.ndarray) -> np.ndarray:
    """Move log odds away from what is said where a condition is left open.

    Parameters
    ----------
    said, left_open : float array, shape (rows, vocabulary)
        Logits with and without the condition.
    guidance : float array, shape (rows,)
        How far.
    """
    with_it, without = _log_shares(said), _log_shares(left_open)
    return with_it + guidance[:, None] * (with_it - without)


def _log_shares(logits: np.ndarray) -> np.ndarray:
    """Log likelihoods of all tokens."""
    values = logits.astype(np.float64)
    values -= values.max(axis=1, keepdims=True)
    return values - np.log(np.exp(values).sum(axis=1, keepdims=True))
