"""Where weights start: drawn so that signals neither fade nor explode in the untrained network."""

import numpy as np

from visual.engine import Array


def glorot_uniform(rng: np.random.Generator, outputs: int, inputs: int) -> Array:
    """Return weights drawn evenly from -limit to limit, limit = sqrt(6 / (inputs + outputs)).

    (outputs, inputs). Glorot and Bengio 2010: keeps the variance of a signal alike on both sides.
    """
    limit = np.sqrt(6.0 / (inputs + outputs))
    return (2.0 * rng.random((outputs, inputs)) - 1.0) * limit


def orthogonal(rng: np.random.Generator, size: int) -> Array:
    """Return a random rotation (or reflection): it keeps the length of every vector.

    (size, size). Saxe et al. 2014. The signs of R's diagonal are moved into Q, which makes the
    factorization unique and so the same on every machine.
    """
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    rotation: Array = q * np.sign(np.diag(r))
    return rotation
