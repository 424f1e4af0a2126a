"""An order-k Markov model over token ids: the baseline that a neural model must beat.

Interpolated Kneser-Ney or Witten-Bell smoothing (Chen & Goodman, "An empirical study of
smoothing techniques for language modeling", 1999) down to the uniform distribution, so every
token has some probability. Sequences start from ``order`` padding tokens.

``python -m symbolic_music.evaluation.markov shards/phrases.npz`` prints the order-3 loss by part.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from symbolic_music.errors import InputError

Ids = Sequence[int] | np.ndarray
Mask = Sequence[bool] | np.ndarray
SMOOTHINGS = ("kneser-ney", "witten-bell")


class _Table:
    """Counts of one n-gram length: token after context, and per context its total, types and discounts."""

    def __init__(self, grams: np.ndarray, counts: np.ndarray, base: int) -> None:
        self.grams, self.counts = grams, counts.astype(float)
        self.contexts, where = np.unique(grams // base, return_inverse=True)
        self.totals = np.bincount(where, weights=self.counts)
        # Types seen once, twice, three times or more in each context.
        self.types = np.stack([np.bincount(where, weights=_in_class(self.counts, n)) for n in (1, 2, 3)])
        self.discounts = _discounts(self.counts)

    def look_up(self, grams: np.ndarray, base: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give each gram's count, its context's total and its context's types, shape (3, n) by class."""
        counts = _values_at(self.grams, self.counts, grams)
        totals = _values_at(self.contexts, self.totals, grams // base)
        types = np.stack([_values_at(self.contexts, row, grams // base) for row in self.types])
        return counts, totals, types


class MarkovModel:
    """Next-token probabilities from the ``order`` tokens before.

    Parameters
    ----------
    order : int
        Tokens of context, at least 0.
    n_vocab : int
        Size of the vocabulary; ids are 0 to ``n_vocab - 1``.
    smoothing : str
        ``"kneser-ney"`` (modified, with three discounts) or ``"witten-bell"``.

    Raises
    ------
    InputError
        If the order, vocabulary size or smoothing cannot be used.

    Examples
    --------
    >>> model = MarkovModel(order=1, n_vocab=2)
    >>> model.fit([[0, 1, 0, 1]])
    >>> bool(model.loss([[0, 1]]) < np.log(2))
    True
    """

    def __init__(self, order: int, n_vocab: int, smoothing: str = "kneser-ney") -> None:
        if order < 0 or n_vocab < 1:
            raise InputError(f"Markov model: order {order} and n_vocab {n_vocab} must be at least 0 and 1")
        if (order + 1) * np.log2(n_vocab + 1) >= 63:
            raise InputError(f"Markov model: order {order} over {n_vocab} tokens is too large for 64-bit keys")
        if smoothing not in SMOOTHINGS:
            raise InputError(f"Markov model: smoothing {smoothing!r} is not one of {', '.join(SMOOTHINGS)}")
        self.order, self.n_vocab, self.smoothing = order, n_vocab, smoothing
        self._base = n_vocab + 1  # one more digit: the padding before a sequence
        self._tables: list[_Table] = []

    def fit(self, sequences: Iterable[Ids], masks: Iterable[Mask] | None = None) -> None:
        """Count n-grams.

        Parameters
        ----------
        sequences : iterable of int sequences
            Token ids.
        masks : iterable of bool sequences, optional
            True where a token is a target; only targets are counted, and all tokens serve as
            context. Without masks every token is counted.
        """
        keys = np.sort(self._keys(sequences, masks))
        if not len(keys):
            raise InputError("Markov model: nothing to fit; give at least one target token")
        grams, counts = np.unique(keys, return_counts=True)
        self._tables = []
        for length in range(self.order, -1, -1):
            self._tables.insert(0, _Table(grams, counts, self._base))
            # Shorten by the oldest token: Kneser-Ney counts the distinct longer grams, Witten-Bell all notes.
            shorter = grams % self._base**length
            weights = None if self.smoothing == "kneser-ney" else counts
            grams, where = np.unique(shorter, return_inverse=True)
            counts = np.bincount(where, weights=weights)

    def probabilities(self, sequences: Iterable[Ids], masks: Iterable[Mask] | None = None) -> np.ndarray:
        """Give the probability of each target token given those before it, shape (n_targets,).

        Parameters
        ----------
        sequences : Iterable[Ids]
            Token ids of each example.
        masks : Iterable[Mask], optional
            Which of them are targets; all if not given.
        """
        if not self._tables:
            raise InputError("Markov model: not fitted yet; call fit first")
        keys = self._keys(sequences, masks)
        probability = np.full(len(keys), 1 / self.n_vocab)
        for length, table in enumerate(self._tables):
            grams = keys % self._base ** (length + 1)
            counts, totals, types = table.look_up(grams, self._base)
            known = totals > 0
            if self.smoothing == "witten-bell":
                kept, left = counts, types.sum(axis=0)
                totals = totals + left
            else:
                kept = np.maximum(counts - _discount_of(counts, table.discounts), 0)
                left = table.discounts @ types
            blend = (kept + left * probability) / np.where(known, totals, 1)
            probability = np.where(known, blend, probability)
        return probability

    def loss(self, sequences: Iterable[Ids], masks: Iterable[Mask] | None = None) -> float:
        """Give the mean negative log-likelihood of the target tokens in nats; ``nan`` without any.

        Parameters
        ----------
        sequences : Iterable[Ids]
            Token ids of each example.
        masks : Iterable[Mask], optional
            Which of them are targets; all if not given.
        """
        probability = self.probabilities(sequences, masks)
        return float(-np.log(probability).mean()) if len(probability) else float("nan")

    def sample(self, rng: np.random.Generator, max_tokens: int, end: int | None = None) -> list[int]:
        """Draw a sequence token by token, each from the counts after the longest context that was seen.

        Parameters
        ----------
        rng : numpy.random.Generator
        max_tokens : int
            Longest sequence.
        end : int, optional
            A token that ends the sequence; it is not returned.

        Returns
        -------
        list of int
        """
        if not self._tables:
            raise InputError("Markov model: not fitted yet; call fit first")
        ids = [self.n_vocab] * self.order
        while len(ids) < self.order + max_tokens:
            token = self._draw(ids, rng)
            if token in (end, self.n_vocab):
                break
            ids.append(token)
        return ids[self.order :]

    def _draw(self, ids: list[int], rng: np.random.Generator) -> int:
        """Draw one token; shorter contexts where the longer one has no count."""
        for length in range(self.order, -1, -1):
            context = 0
            for token in ids[len(ids) - length :]:
                context = context * self._base + token
            table = self._tables[length]
            low, high = np.searchsorted(table.grams, (context * self._base, (context + 1) * self._base))
            if high > low:
                weights = np.cumsum(table.counts[low:high])
                chosen = low + int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))
                return int(table.grams[min(chosen, high - 1)] % self._base)
        raise InputError("Markov model: nothing to draw from")

    def _keys(self, sequences: Iterable[Ids], masks: Iterable[Mask] | None) -> np.ndarray:
        """Write each target with its context as one number, oldest token first."""
        if masks is None:
            rows = [self._sequence_keys(sequence) for sequence in sequences]
        else:
            pairs = zip(sequences, masks, strict=True)
            rows = [_masked(self._sequence_keys(sequence), mask) for sequence, mask in pairs]
        return np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)

    def _sequence_keys(self, sequence: Ids) -> np.ndarray:
        """Write each token of a sequence with its context as one number, shape (n_tokens,)."""
        ids = np.asarray(sequence, dtype=np.int64)
        if len(ids) and not 0 <= ids.min() <= ids.max() < self.n_vocab:
            raise InputError(f"Markov model: token {ids.min()} or {ids.max()} is outside 0 to {self.n_vocab - 1}")
        padded = np.concatenate([np.full(self.order, self.n_vocab, dtype=np.int64), ids])
        keys = np.zeros(len(ids), dtype=np.int64)
        for back in range(self.order + 1):
            keys = keys * self._base + padded[back : back + len(ids)]
        return keys


def baseline_losses(shard: Path, order: int = 3) -> dict[str, float]:
    """Fit on the training targets of a shard, part by part, and give each part's validation loss.

    Parameters
    ----------
    shard : Path
        A ``phrases.npz`` of ``data_prep.examples``: ``ids`` and ``mask`` end to end, ``lengths``,
        ``is_validation`` and ``part`` by example.
    order : int
        Tokens of context.

    Returns
    -------
    dict of float
        Nats per target token by part, and their mean over all target tokens as ``"all"``.
    """
    from symbolic_music.tokens.vocabulary import ID_OF

    data = np.load(shard)
    ends = np.cumsum(data["lengths"])[:-1]
    ids, masks = np.split(data["ids"].astype(np.int64), ends), np.split(data["mask"], ends)
    surprises: dict[str, np.ndarray] = {}
    for part in sorted(set(data["part"].tolist())):
        rows = [np.flatnonzero((data["part"] == part) & (data["is_validation"] == held)) for held in (False, True)]
        (train, train_masks), (held_out, held_masks) = [([ids[i] for i in r], [masks[i] for i in r]) for r in rows]
        model = MarkovModel(order, len(ID_OF))
        model.fit(train, train_masks)
        surprises[part] = -np.log(model.probabilities(held_out, held_masks))
    surprises["all"] = np.concatenate(list(surprises.values()))
    return {part: float(values.mean()) for part, values in surprises.items()}


def _masked(keys: np.ndarray, mask: Mask) -> np.ndarray:
    """Keep the targets."""
    chosen = np.asarray(mask, dtype=bool)
    if len(chosen) != len(keys):
        raise InputError(f"Markov model: a mask has {len(chosen)} values for {len(keys)} tokens; they must agree")
    return np.asarray(keys[chosen])


def _in_class(counts: np.ndarray, n: int) -> np.ndarray:
    """Mark the counts that are n (1, 2), or at least 3."""
    return np.asarray(counts == n if n < 3 else counts >= 3)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """Estimate the discounts of counts 1, 2 and 3+ (Chen & Goodman 1999, eq. 26); 0.5 where there is too little."""
    n1, n2, n3, n4 = (float((counts == n).sum()) for n in (1, 2, 3, 4))
    if not min(n1, n2, n3, n4):
        return np.full(3, 0.5)
    y = n1 / (n1 + 2 * n2)
    raw = np.array([1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return np.asarray(np.clip(raw, 0.05, np.array([0.95, 1.9, 2.85])))


def _discount_of(counts: np.ndarray, discounts: np.ndarray) -> np.ndarray:
    """Choose the discount of each count; none for a count of 0."""
    return np.asarray(np.where(counts > 0, discounts[np.clip(counts.astype(int), 1, 3) - 1], 0.0))


def _values_at(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Look values up in a sorted key array; 0 where a key is missing."""
    index = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.asarray(np.where(keys[index] == wanted, values[index], 0.0))


if __name__ == "__main__":
    for part, loss in baseline_losses(Path(sys.argv[1])).items():
        print(f"order-3 Markov, {part}: {loss:.4f} nats per target token")
