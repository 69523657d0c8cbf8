"""Recurrent networks that really train: NumPy and the standard library, no screen, no Django."""

import os

# The engine's products are small: a second thread costs more than it saves, and takes a core from another
# worker. NumPy's library of products reads this once, when NumPy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
