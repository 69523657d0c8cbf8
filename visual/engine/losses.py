"""How wrong an output is, and in which direction it should move."""

import numpy as np

from visual.engine import Array


def mean_squared_error(predictions: Array, targets: Array) -> tuple[float, Array]:
    """Return the loss and its gradient with respect to the predictions.

    Both (predictions, batch, outputs). mean((prediction - target)^2), d = 2 (prediction - target) / size.
    """
    difference = predictions - targets
    return float(np.mean(difference**2)), 2.0 * difference / difference.size
