"""The hint that a smaller model ships, for files that take the larger one long."""

from __future__ import annotations

from collections.abc import Callable

from emoscope.batch.summary import OnProgress, Progress
from emoscope.inference.classifier import EmotionClassifier
from emoscope.loading.catalogue import DEFAULT, FAST

MANY_ROWS = 1_000_000


def with_hint(
    classifier: EmotionClassifier, on_progress: OnProgress, tell: Callable[[str], None]
) -> OnProgress:
    """``on_progress``, which also says once that ``fast`` exists and what it costs.

    It is said when ``classifier`` is ``default`` and the rows so far, by the share of the input
    that they are, come to more than a million.
    """
    if classifier.manifest != DEFAULT.manifest:
        return on_progress
    told = False

    def progressed(progress: Progress) -> None:
        nonlocal told
        on_progress(progress)
        if told or not progress.share or progress.rows / progress.share <= MANY_ROWS:
            return
        told = True
        tell(
            f"About {progress.rows / progress.share / 1e6:.1f} million rows. --model fast takes "
            f"about {FAST.time_share:.0%} of the time; its macro-F1 on GoEmotions is "
            f"{FAST.figures['macro_f1']:.3f} in place of {DEFAULT.figures['macro_f1']:.3f}."
        )

    return progressed
