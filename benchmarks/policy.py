"""What a decision policy is worth, measured on train texts, so that no choice touches test.

Scores for all of GoEmotions' train come from cross-fitting: four models, each scoring the quarter
that it has not seen. Then, again and again: draw a pretend validation split, fit every policy on
it, and score the policies on 20,000 other texts. That shows which method is steady at which size,
and what choosing by cross-validation (`auto`) costs against knowing the best method beforehand.

The last table fits on the true validation split and reports test, once, for information.

    python benchmarks/policy.py --data DATA/goemotions --cache /tmp/scores

`--cache` keeps the scores, whose training takes most of the time (two to twenty minutes).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emoscope.data.goemotions import read_goemotions
from emoscope.decisions import (
    LabelledScores,
    Policy,
    PolicyOptions,
    calibration,
    fit_policy,
    fit_rollup_policies,
)
from emoscope.decisions.calibration import log_loss
from emoscope.decisions.options import CALIBRATION_KINDS, THRESHOLD_METHODS
from emoscope.models.linear import fit_linear
from emoscope.models.linear_settings import BagOfCharacters, BagOfWords, LinearSettings
from emoscope.taxonomy import GOEMOTIONS

Scores = dict[str, npt.NDArray[np.float32]]
MODELS = {
    "5,000 words, logistic regression": LinearSettings(
        words=BagOfWords(ngrams=(1, 1), max_features=5000, min_texts=1)
    ),
    "words + characters, logistic regression": LinearSettings(
        strength=4.0, words=BagOfWords(), characters=BagOfCharacters()
    ),
    "words + characters, linear SVM": LinearSettings(
        classifier="linear_svm", strength=0.05, words=BagOfWords(), characters=BagOfCharacters()
    ),
}
JUDGED = 20_000
FOLDS = 4


def score_splits(name: str, data: Path, cache: Path) -> tuple[Scores, Scores]:
    """Scores and truth by split; those of train are cross-fitted."""
    examples = read_goemotions(data)
    parts = {split: examples.split(split) for split in ("train", "validation", "test")}
    truth = {split: part.labels for split, part in parts.items()}
    file = cache / ("".join(c for c in name if c.isalnum()) + ".npz")
    if not file.is_file():
        print(f"training: {name}", flush=True)
        train = parts["train"]

        def fit_and_score(rows: npt.NDArray[np.intp], texts: list[tuple[str, ...]]) -> list:
            scorer = fit_linear(MODELS[name], train.select(rows))
            return [scorer.logits(some) for some in texts]

        fold = np.random.default_rng(0).permutation(len(train)) % FOLDS
        crossed = np.empty(train.labels.shape, dtype=np.float32)
        for k in range(FOLDS):
            held = np.flatnonzero(fold == k)
            texts = tuple(train.texts[row] for row in held)
            (crossed[held],) = fit_and_score(np.flatnonzero(fold != k), [texts])
        validation, test = fit_and_score(
            np.arange(len(train)), [parts["validation"].texts, parts["test"].texts]
        )
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(file, train=crossed, validation=validation, test=test)
    with np.load(file) as saved:
        return dict(saved), truth


def f1(decided: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Macro-F1 and micro-F1."""
    twice, size = 2 * (decided & truth).sum(axis=0), decided.sum(axis=0) + truth.sum(axis=0)
    return float((twice / np.maximum(size, 1)).mean()), float(twice.sum() / size.sum())


def fit(
    scores: npt.NDArray[np.float32], truth: npt.NDArray[np.bool_], options: PolicyOptions
) -> Policy:
    return fit_policy(
        LabelledScores(scores, truth, GOEMOTIONS.labels, "multi_label", "validation"), options
    )


@contextmanager
def platt_unpulled() -> Iterator[None]:
    """Platt's calibration without the pull of rare labels toward the common line."""
    pulled = calibration.SLOPE_SPREAD, calibration.OFFSET_SPREAD
    calibration.SLOPE_SPREAD = calibration.OFFSET_SPREAD = np.inf
    try:
        yield
    finally:
        calibration.SLOPE_SPREAD, calibration.OFFSET_SPREAD = pulled


def simulate(
    scores: npt.NDArray[np.float32], truth: npt.NDArray[np.bool_], size: int, draws: int
) -> None:
    """Print the table of one model and one size of validation split."""
    results: dict[tuple[str, str], list[tuple[float, float]]] = {}
    losses: dict[str, list[float]] = {}
    chosen: Counter[str] = Counter()
    for draw in range(draws):
        rows = np.random.default_rng(draw).permutation(len(scores))
        fitted, judged = rows[:size], rows[size : size + JUDGED]
        targets = truth[judged].astype(np.float64)
        for kind in CALIBRATION_KINDS:
            for method in THRESHOLD_METHODS:
                options = PolicyOptions(calibration=kind, thresholds=method, fallback="top")
                policy = fit(scores[fitted], truth[fitted], options)
                found = f1(policy.decide_scores(scores[judged]), truth[judged])
                results.setdefault((kind, method), []).append(found)
            calibrated = policy.calibration.apply(scores[judged].astype(np.float64))
            losses.setdefault(kind, []).append(float(log_loss(calibrated, targets).mean()))
        with platt_unpulled():
            for method in THRESHOLD_METHODS:
                options = PolicyOptions("platt", method, fallback="top")
                policy = fit(scores[fitted], truth[fitted], options)
                found = f1(policy.decide_scores(scores[judged]), truth[judged])
                results.setdefault(("platt, each label alone", method), []).append(found)
        calibrated = policy.calibration.apply(scores[judged].astype(np.float64))
        loss = float(log_loss(calibrated, targets).mean())
        losses.setdefault("platt, each label alone", []).append(loss)
        policy = fit(scores[fitted], truth[fitted], PolicyOptions())
        chosen[f"{policy.calibration.kind} + {policy.method} + {policy.fallback}"] += 1
        results.setdefault(("auto", "auto"), []).append(
            f1(policy.decide_scores(scores[judged]), truth[judged])
        )
    print(f"\n{size} validation texts, mean of {draws} draws\n")
    print("| calibration | thresholds | macro-F1 | its spread | micro-F1 | log loss |")
    print("| --- | --- | --- | --- | --- | --- |")
    for (kind, method), found in results.items():
        macro, micro = np.mean(found, axis=0)
        spread = np.std(found, axis=0)[0]
        loss = f"{np.mean(losses[kind]):.4f}" if kind in losses else ""
        print(f"| {kind} | {method} | {macro:.4f} | {spread:.4f} | {micro:.4f} | {loss} |")
    print("\n`auto` chose: " + "; ".join(f"{k} {n}x" for k, n in chosen.most_common()))


def report_test(scores: Scores, truth: Scores) -> None:
    """Print test after fitting on the true validation split."""
    print("\nFitted on validation, scored on test (for information; nothing was chosen by it)\n")
    print("| policy | macro-F1 | micro-F1 | Ekman macro-F1 | sentiment macro-F1 |")
    print("| --- | --- | --- | --- | --- |")
    ways = {
        "none + fixed 0.5 + none": PolicyOptions("none", "fixed", fallback="none"),
        "none + raw + none": PolicyOptions("none", "raw", fallback="none"),
        "platt + plug_in + none": PolicyOptions("platt", "plug_in", fallback="none"),
        "auto": PolicyOptions(),
    }
    for name, options in ways.items():
        policy = fit(scores["validation"], truth["validation"], options)
        if name == "auto":
            policy = fit_rollup_policies(
                policy,
                GOEMOTIONS.rollups.values(),
                LabelledScores(
                    scores["validation"],
                    truth["validation"],
                    policy.labels,
                    policy.task,
                    "validation",
                ),
            )
            name = f"auto: {policy.calibration.kind} + {policy.method} + {policy.fallback}"
        probabilities, held = policy.answer(scores["test"])
        macro, micro = f1(held, truth["test"])
        coarse = [
            f1(policy.answer_rollup(r, probabilities, held)[1], r.roll_labels(truth["test"]))[0]
            for r in (GOEMOTIONS.rollup("ekman"), GOEMOTIONS.rollup("sentiment"))
        ]
        print(f"| {name} | {macro:.4f} | {micro:.4f} | {coarse[0]:.4f} | {coarse[1]:.4f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the GoEmotions folder")
    parser.add_argument("--cache", type=Path, required=True, help="where scores are kept")
    parser.add_argument("--draws", type=int, default=12)
    parser.add_argument("--sizes", type=int, nargs="+", default=[600, 5426])
    asked = parser.parse_args()
    for name in MODELS:
        scores, truth = score_splits(name, asked.data, asked.cache)
        print(f"\n## {name}")
        for size in asked.sizes:
            simulate(scores["train"], truth["train"], size, asked.draws)
        report_test(scores, truth)


if __name__ == "__main__":
    main()
