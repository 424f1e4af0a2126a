"""Muon: orthogonal steps."""

from __future__ import annotations

import pytest
import torch

from symbolic_music.training.muon import Muon, orthogonalise


@pytest.mark.parametrize("shape", [(3, 8, 20), (2, 20, 8), (1, 12, 12)])
def test_singular_values_come_near_one(shape: tuple[int, int, int]) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(matrices))
    assert float(values.min()) > 0.5 and float(values.max()) < 1.3


def test_a_step_does_not_depend_on_the_size_of_the_gradient() -> None:
    moved = []
    for scale in (1e-3, 1e3):
        matrix = torch.nn.Parameter(torch.zeros(4, 6))
        matrix.grad = scale * torch.arange(24.0).view(4, 6).sin()
        Muon([matrix], lr=0.1).step()
        moved.append(matrix.detach())
    assert torch.allclose(moved[0], moved[1], atol=1e-4) and float(moved[0].abs().max()) > 0
