"""Probabilities as text, many rows at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

DIGITS = 6
"""Decimal places of a probability in CSV and JSON lines."""

_ZERO = "0." + "0" * DIGITS
_NOUGHT = ord("0")


class DigitRows:
    """Writes a row of probabilities as ``before[0] 0.123456 before[1] 0.654321 ... end``.

    All rows are alike but for their digits. So they are copies of one template, into which numpy
    writes the digits of a whole chunk: ten times faster than one number after the other. One thread
    at a time may call it.
    """

    def __init__(self, before: Sequence[str], end: str) -> None:
        """``before[i]`` stands before the number of label i, ``end`` behind the last one."""
        template = "".join(text + _ZERO for text in before) + end
        self._width = len(template)
        self._template = np.frombuffer(template.encode(), dtype=np.uint8)
        self._rows = np.tile(self._template, (0, 1))  # kept between chunks: the letters stay
        steps = [len(text.encode()) + len(_ZERO) for text in before]
        starts = np.cumsum(steps) - len(_ZERO)
        places = [0, *range(2, 2 + DIGITS)]  # the place 1 is the point
        self._places = (starts[:, None] + places).ravel()

    def __call__(self, probabilities: npt.NDArray[np.float32]) -> list[str]:
        """One string for each row of ``probabilities``, shape (n, n_labels), each in [0, 1]."""
        n, width = len(probabilities), self._width
        if len(self._rows) < n:
            self._rows = np.tile(self._template, (n, 1))
        rows = self._rows[:n]
        rows[:, self._places] = _digits(probabilities).reshape(n, len(self._places))
        text = str(rows.reshape(-1).data, "utf-8")
        return [text[start : start + width] for start in range(0, n * width, width)]


def _digits(probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """ASCII digits, shape (n, n_labels, 1 + DIGITS), rounded half to even."""
    rest = np.rint(probabilities.astype(np.float64) * 10**DIGITS).astype(np.int32)
    digits = np.empty((*rest.shape, 1 + DIGITS), dtype=np.uint8)
    for place in range(DIGITS, 0, -1):
        tens = rest // 10
        digits[..., place] = rest - 10 * tens + _NOUGHT
        rest = tens
    digits[..., 0] = rest + _NOUGHT
    return digits
