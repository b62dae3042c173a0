"""The human reference as a figure and a table, beside the model where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from emoscope.data.examples import Examples
from emoscope.report.estimates import LabelEstimates, estimate_labels
from emoscope.report.figures import human as human_figure
from emoscope.report.human import HumanReference, read_human_reference
from emoscope.report.plate import Plate
from emoscope.report.style import save_figure
from emoscope.report.subject import Subject
from emoscope.report.tables import Cell, Table


def write_human_reference(
    files: Sequence[Path], released: Examples, out: Path, subject: Subject | None = None
) -> HumanReference:
    """Read rating files and write ``human_reference`` as CSV, PNG and SVG into ``out``.

    With a ``subject`` of the same labels, its model stands beside the raters.
    """
    human = read_human_reference(files, released)
    same = subject is not None and subject.labels == human.taxonomy.labels
    estimates = estimate_labels(subject.truth, subject.predicted) if subject and same else None
    plate = human_plate(human, estimates)
    save_figure(plate.draw(), out, plate.name)
    human_table(human, estimates).save(out)
    return human


def human_plate(human: HumanReference, estimates: LabelEstimates | None) -> Plate:
    """The figure; ``estimates`` are the model's, in the same labels."""
    rater, pair = human.against_released, human.between_raters
    model = None if estimates is None else estimates.f1
    labels = human.taxonomy.labels
    return Plate(
        "human_reference",
        "The model beside people" if model is not None else "How well people agree",
        human_figure.read(labels, rater.f1, rater.support, model),
        partial(
            human_figure.draw,
            labels,
            rater.f1,
            rater.support,
            None if pair is None else pair.f1,
            None if pair is None else pair.support,
            model,
        ),
    )


def human_table(human: HumanReference, estimates: LabelEstimates | None) -> Table:
    """Label by label: the rater, two raters, and the model where its ``estimates`` are given."""
    rater, pair = human.against_released, human.between_raters
    rows: list[tuple[Cell, ...]] = []
    for j, label in enumerate(human.taxonomy.labels):
        model = None if estimates is None else estimates.f1
        rows.append(
            (
                label,
                int(rater.support[j]),
                *(float(each[j]) for each in (rater.f1.value, rater.f1.low, rater.f1.high)),
                float(rater.kappa[j]),
                None if pair is None else int(pair.support[j]),
                *(
                    [None] * 3
                    if pair is None
                    else [float(each[j]) for each in (pair.f1.value, pair.f1.low, pair.f1.high)]
                ),
                None if pair is None else float(pair.kappa[j]),
                *(
                    [None] * 3
                    if model is None
                    else [float(each[j]) for each in (model.value, model.low, model.high)]
                ),
            )
        )
    return Table(
        "human_reference",
        "Human reference, label by label",
        (
            "label",
            "ratings",
            "rater_f1",
            "rater_f1_low",
            "rater_f1_high",
            "rater_kappa",
            "pair_ratings",
            "pair_f1",
            "pair_f1_low",
            "pair_f1_high",
            "pair_kappa",
            "model_f1",
            "model_f1_low",
            "model_f1_high",
        ),
        tuple(rows),
    )
