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
        self._work = np.zeros((2, parameters))  # so that no update has to ask for memory

    def update(self, parameters: Array, gradient: Array, learning_rate: float) -> None:
        """Change the parameters in place; all arrays (parameters,)."""
        (mean_square, velocity), (size, change) = self.memory, self._work
        np.multiply(gradient, gradient, out=change)
        change *= 1.0 - self.decay
        mean_square *= self.decay
        mean_square += change
        np.sqrt(mean_square, out=size)
        size += self.epsilon
        np.multiply(gradient, 1.0 - self.momentum, out=change)
        change /= size
        velocity *= self.momentum
        velocity += change
        np.multiply(velocity, learning_rate, out=change)
        parameters -= change


class Adam:
    """Moves along the recent mean gradient, divided by its recent typical size (Kingma and Ba 2015).

    m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,
    w = w - learning_rate (m / (1 - b1^n)) / (sqrt(v / (1 - b2^n)) + epsilon), n the number of updates.
    """

    first_decay = 0.9
    second_decay = 0.999
    epsilon = 1e-8

    def __init__(self, parameters: int) -> None:
        self.memory = np.zeros((3, parameters))  # m, v, and n in every place of the last row

    def update(self, parameters: Array, gradient: Array, learning_rate: float) -> None:
        """Change the parameters in place; all arrays (parameters,)."""
        mean, mean_square, updates = self.memory
        updates += 1.0
        mean *= self.first_decay
        mean += (1.0 - self.first_decay) * gradient
        mean_square *= self.second_decay
        mean_square += (1.0 - self.second_decay) * gradient**2
        unbiased_mean = mean / (1.0 - self.first_decay ** updates[0])
        unbiased_square = mean_square / (1.0 - self.second_decay ** updates[0])
        parameters -= learning_rate * unbiased_mean / (np.sqrt(unbiased_square) + self.epsilon)


class SGD:
    """Follows the slope itself: w = w - learning_rate g."""

    def __init__(self, parameters: int) -> None:
        self.memory = np.zeros((0, parameters))  # it remembers nothing

    def update(self, parameters: Array, gradient: Array, learning_rate: float) -> None:
        """Change the parameters in place; both (parameters,)."""
        parameters -= learning_rate * gradient


def clip_by_norm(gradient: Array, limit: float) -> Array:
    """Return the gradient, shortened to `limit` if it is longer; its direction stays (Pascanu et al. 2013).

    (parameters,).
    """
    norm = float(np.sqrt(gradient @ gradient))
    return gradient if norm <= limit else gradient * (limit / norm)


OPTIMIZERS: dict[str, type[RMSprop] | type[Adam] | type[SGD]] = {"rmsprop": RMSprop, "adam": Adam, "sgd": SGD}
