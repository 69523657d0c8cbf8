"""How the gradient becomes a change of the weights."""

from typing import Protocol

import numpy as np

from visual.engine import Array


class Optimizer(Protocol):
    """Anything that moves the parameters and can be put away and taken up again."""

    memory: Array  # (slots, parameters): everything that it remembers between two updates

    def update(self, parameters: Array, gradient: Array, learning_rate: float) -> None:
        """Change the parameters in place."""


class RMSprop:
    """Divides each weight's gradient by its recent typical size (Hinton 2012), and keeps some momentum.

    v = decay v + (1 - decay) g^2,  u = momentum u + (1 - momentum) g / (sqrt(v) + epsilon),
    w = w - learning_rate u. So a weight moves about `learning_rate` per update wherever its slope keeps its
    sign, however flat or steep it is, and far less where the slope flips from batch to batch.
    """

    decay = 0.9
    momentum = 0.9
    epsilon = 1e-7

    def __init__(self, parameters: int) -> None:
        self.memory = np.zeros((2, parameters))  # v and u

    def update(self, parameters: Array, gradient: Array, learning_rate: float) -> None:
        """Change the parameters in place; all arrays (parameters,)."""
        mean_square, velocity = self.memory
        mean_square *= self.decay
        mean_square += (1.0 - self.decay) * gradient**2
        velocity *= self.momentum
        velocity += (1.0 - self.momentum) * gradient / (np.sqrt(mean_square) + self.epsilon)
        parameters -= learning_rate * velocity


OPTIMIZERS = {"rmsprop": RMSprop}
