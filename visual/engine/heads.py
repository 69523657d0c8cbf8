"""What the topmost hidden state says: the last, dense step from units to a prediction."""

from typing import ClassVar, Protocol

import numpy as np

from visual.engine import Array


class Head(Protocol):
    """What a kind of head makes of its sums, V h + b."""

    feeds_gradient: ClassVar[bool]  # whether error flows back through a prediction that was read as input

    @staticmethod
    def say(sums: Array) -> Array:
        """Return the prediction; both (batch, outputs)."""

    @staticmethod
    def backward(prediction: Array, d_prediction: Array) -> Array:
        """Return the gradient with respect to the sums; all (batch, outputs)."""

    @staticmethod
    def heard(prediction: Array) -> Array:
        """Return what the network reads when it reads its own prediction, (batch, inputs)."""


class Tanh(Head):
    """One value between -1 and 1 for each output, for curves."""

    feeds_gradient = True

    @staticmethod
    def say(sums: Array) -> Array:
        """Return tanh(sums)."""
        return np.tanh(sums)

    @staticmethod
    def backward(prediction: Array, d_prediction: Array) -> Array:
        """Return d * (1 - p^2)."""
        return d_prediction * (1.0 - prediction**2)

    @staticmethod
    def heard(prediction: Array) -> Array:
        """Return the prediction itself."""
        return prediction


class Softmax(Head):
    """A probability for each symbol, for texts."""

    feeds_gradient = False  # choosing a symbol has no slope

    @staticmethod
    def say(sums: Array) -> Array:
        """Return exp(s) / sum of exp(s); the largest sum is taken off first, lest exp overflows."""
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        probabilities: Array = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    @staticmethod
    def backward(prediction: Array, d_prediction: Array) -> Array:
        """Return p * (d - sum of p d): a probability can grow only at the others' expense."""
        expected = (prediction * d_prediction).sum(axis=1, keepdims=True)  # (batch, 1)
        d_sums: Array = prediction * (d_prediction - expected)
        return d_sums

    @staticmethod
    def heard(prediction: Array) -> Array:
        """Return the most probable symbol, one-hot."""
        symbol = np.zeros_like(prediction)
        symbol[np.arange(len(prediction)), prediction.argmax(axis=1)] = 1.0
        return symbol


HEADS: dict[str, type[Head]] = {"tanh": Tanh, "softmax": Softmax}
