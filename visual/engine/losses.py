"""How wrong an output is, and in which direction it should move."""

import numpy as np

from visual.engine import Array


def mean_squared_error(predictions: Array, targets: Array) -> tuple[float, Array]:
    """Return the loss and its gradient with respect to the predictions.

    Both (predictions, batch, outputs). mean((prediction - target)^2), d = 2 (prediction - target) / size.
    """
    difference = predictions - targets
    return float(np.mean(difference**2)), 2.0 * difference / difference.size


def cross_entropy(predictions: Array, targets: Array) -> tuple[float, Array]:
    """Return the loss in nats per symbol and its gradient with respect to the predictions.

    Both (predictions, batch, symbols): probabilities, and one-hot what came. -mean(log p of what came).
    """
    symbols = targets.shape[0] * targets.shape[1]
    likely = np.maximum(predictions, 1e-300)  # a probability may underflow to 0
    return float(-np.sum(targets * np.log(likely)) / symbols), -targets / likely / symbols


LOSSES = {"tanh": mean_squared_error, "softmax": cross_entropy}  # by head
