"""Recurrent networks that really train: NumPy and the standard library, no screen, no Django."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
