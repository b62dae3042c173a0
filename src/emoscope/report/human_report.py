"""The human reference as a figure and a table, beside the model where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from emoscope.data.examples import Examples
from emoscope.evaluation.annotator_agreement import HumanReference, read_human_reference
from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.evaluation.intervals import FEW_TEXTS, Estimates, LabelEstimates, estimate_labels
from emoscope.io.output_folder import own_outputs
from emoscope.metrics.formatting import count, interval, number
from emoscope.report.figures import annotator_agreement as human_figure
from emoscope.report.figures.specification import FigureSpecification
from emoscope.report.metric_tables import with_interval
from emoscope.report.style import save_figure
from emoscope.report.tables import Cell, Table

ALL_RATINGS = 211_225
"""Ratings in the whole release, unclear ones among them."""


def write_human_reference(
    files: Sequence[Path], released: Examples, out: Path, model: EvaluatedModel | None = None
) -> HumanReference:
    """Read rating files and write ``human_reference`` as CSV, PNG and SVG into ``out``.

    An evaluated ``model`` of the same labels is added. Raises :class:`emoscope.errors.DataError`
    where files of that name are there that emoscope did not write.
    """
    own_outputs(out, [f"human_reference.{ending}" for ending in ("csv", "png", "svg")])
    human = read_human_reference(files, released)
    fits = model is not None and human.fits(model.labels, model.task)
    estimates = estimate_labels(model.truth, model.predicted) if model and fits else None
    specification = human_figure_specification(human, estimates)
    save_figure(specification.draw(), out, specification.name)
    human_table(human, estimates).save(out)
    return human


def agreement_table(human: HumanReference, model: EvaluatedModel | None = None) -> Table:
    """Macro- and micro-F1 of each kind of agreement, with how much it rests on."""
    rows: list[tuple[Cell, ...]] = []
    kinds = (
        ("one rater against the released labels", human.against_released, "ratings"),
        ("two raters against each other", human.between_raters, "ordered pairs"),
    )
    for name, found, unit in kinds:
        if found is None:
            rows.append((name, "–", "–", "no text was rated twice"))
            continue
        rows.append(
            (
                name,
                *(
                    f"{number(float(each.value))} ({interval(float(each.low), float(each.high))})"
                    for each in (found.macro, found.micro)
                ),
                f"{found.n_compared:,} {unit} of {count(found.n_texts, 'text')}",
            )
        )
    if model is not None and human.fits(model.labels, model.task):
        report = model.report
        rows.append(
            (
                f"{model.name} against the released labels",
                *(with_interval(report, key) for key in ("macro_f1", "micro_f1")),
                f"{report.n_texts:,} {model.split} texts",
            )
        )
    title = (
        f"{count(human.n_ratings, 'clear rating')} of {count(human.n_texts, 'text')} by "
        f"{count(human.n_raters, 'rater')}; {human.n_unclear:,} unclear ones left out. A rater's "
        "own vote is among the released labels, which makes the first line optimistic"
    )
    rare = int((human.against_released.support < FEW_TEXTS).sum())
    if human.n_ratings + human.n_unclear < ALL_RATINGS:
        title += (
            f". These are few: the whole release has {ALL_RATINGS:,} ratings, and with these, "
            f"{rare} of {len(human.taxonomy)} labels have fewer than {FEW_TEXTS} of them"
        )
    columns = ("agreement", "macro-F1", "micro-F1", "measured on")
    return Table("agreement", title, columns, tuple(rows))


def human_figure_specification(
    human: HumanReference, estimates: LabelEstimates | None
) -> FigureSpecification:
    """The figure; ``estimates`` are the model's, in the same labels."""
    model = None if estimates is None else estimates.f1
    return FigureSpecification(
        "human_reference",
        "Model and annotator agreement" if model is not None else "Annotator agreement",
        human_figure.describe(human, model),
        partial(human_figure.draw, human, model),
    )


def human_table(human: HumanReference, estimates: LabelEstimates | None) -> Table:
    """Label by label: the rater, two raters, and the model where its ``estimates`` are given."""
    rater, pair = human.against_released, human.between_raters
    model = None if estimates is None else estimates.f1
    records: list[dict[str, Cell]] = []
    for j, label in enumerate(human.taxonomy.labels):
        records.append(
            {
                "label": label,
                "ratings": int(rater.support[j]),
                **rater.f1.cells(j, "rater_f1"),
                "rater_kappa": float(rater.kappa[j]),
                "pair_ratings": None if pair is None else int(pair.support[j]),
                **_cells(None if pair is None else pair.f1, j, "pair_f1"),
                "pair_kappa": None if pair is None else float(pair.kappa[j]),
                **_cells(model, j, "model_f1"),
            }
        )
    return Table.of("human_reference", "Human reference, label by label", records)


def _cells(estimates: Estimates | None, j: int, name: str) -> Mapping[str, Cell]:
    if estimates is None:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"))
    return estimates.cells(j, name)
