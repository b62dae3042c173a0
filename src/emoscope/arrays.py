"""Array types of decisions, metrics, evaluation and reports; each use states its shape."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
"""Float64: neither fitting nor measuring happens in single precision."""
Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]
"""Indices of rows, labels or other places."""
