"""Muon, an optimiser of weight matrices (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon).

The step is the momentum of the gradient with all its singular values brought near 1, so that directions in which the
gradient is small are learned as fast as the others. `torch.optim.Muon` does the same for matrices, in bfloat16, which
takes 15 times as long on a CPU without it.
"""

import torch

#: ``p(x) = A * x + B * x**3 + C * x**5``, applied `ROUNDS` times, brings any x in (0, 1] to about 0.7 to 1.2.
A, B, C, ROUNDS = 3.4445, -4.7750, 2.0315, 5


class Muon(torch.optim.Optimizer):
    """For weights [out, ...] of two dimensions or more, each taken as a matrix of ``out`` rows.

    Parameters
    ----------
    params
        Weights, or groups of them.
    lr
        Length of a step, in units of `level`'s result; a number, or a scalar on the weights' device.
    momentum
        Share that is kept of the sum of gradients; Nesterov's.
    weight_decay
        Share of a weight that is taken away a step, in units of ``lr``.
    """

    def __init__(self, params, lr: float = 0.02, momentum: float = 0.9, weight_decay: float = 0.0):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        """Take a step; ``closure``, if given, computes loss and gradients first, and its result is returned."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._step(weight, **{name: group[name] for name in ("lr", "momentum", "weight_decay")})
        return loss

    def _step(self, weight, lr, momentum, weight_decay):
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        kept = state["momentum"].mul_(momentum).add_(weight.grad)
        update = level(weight.grad.add(kept, alpha=momentum).flatten(1))
        tall = max(1.0, update.shape[0] / update.shape[1]) ** 0.5
        weight.mul_(1 - lr * weight_decay).sub_(update.reshape_as(weight) * (lr * tall))


def level(matrix: torch.Tensor) -> torch.Tensor:
    """Float [R, C] with the same singular vectors, and its singular values, those of nearly 0 apart, between 0.6 and
    1.3."""
    x = matrix / (matrix.norm() + 1e-7)
    if tall := x.shape[0] > x.shape[1]:
        x = x.T
    for _ in range(ROUNDS):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=B, alpha=C), x, beta=A)
    return x.T if tall else x
