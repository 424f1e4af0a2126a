"""Muon: momentum whose updates are made orthogonal (Jordan et al. 2024), in single precision.

``torch.optim.Muon`` orthogonalises in bf16, which processors without bf16 arithmetic emulate: eight times slower there
than single precision (measured on AVX2). Matrices of one shape are handled together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

# Coefficients of the quintic iteration: five steps bring all singular values near 1.
_A, _B, _C = 3.4445, -4.7750, 2.0315
N_STEPS = 5


class Muon(torch.optim.Optimizer):
    """Muon for matrices; every parameter has two dimensions.

    Parameters
    ----------
    lr : float
        Length of a step: the update's singular values, times the root of rows over columns where there are more rows.
    momentum : float
        Nesterov momentum.
    weight_decay : float
        Decoupled, times ``lr``.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Move every matrix that has a gradient."""
        for group in self.param_groups:
            of_shape: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    of_shape[parameter.shape].append(parameter)
            for parameters in of_shape.values():
                self._step_alike(parameters, group)

    def _step_alike(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        """Move matrices of one shape."""
        momentum, rate = group["momentum"], group["lr"]
        directions = []
        for parameter in parameters:
            state = self.state[parameter]
            if not state:
                state["momentum_buffer"] = torch.zeros_like(parameter)
            gradient = parameter.grad
            assert gradient is not None  # those without one were left out
            buffer = state["momentum_buffer"].lerp_(gradient, 1 - momentum)
            directions.append(gradient.lerp(buffer, momentum))
        rows, columns = parameters[0].shape
        updates = orthogonalise(torch.stack(directions)) * max(1.0, rows / columns) ** 0.5
        for parameter, update in zip(parameters, updates, strict=True):
            parameter.mul_(1 - rate * group["weight_decay"]).add_(update, alpha=-rate)


def orthogonalise(matrices: Tensor) -> Tensor:
    """Bring all singular values near 1 (0.7 to 1.2) by the Newton-Schulz iteration. matrices: (N, rows, columns)."""
    is_tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if is_tall else matrices).float()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(N_STEPS):
        square = x @ x.mT
        x = _A * x + (_B * square + _C * square @ square) @ x
    return x.mT if is_tall else x
