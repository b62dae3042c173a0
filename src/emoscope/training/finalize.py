"""Step two of training: from a fitted model to the classifier that is judged and used.

The policy is fitted on validation, an encoder's calibration is folded into its last layer, its
graphs are made, and manifest and card are written, each once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emoscope.card import write_card
from emoscope.data.everyday import read_everyday
from emoscope.data.examples import Examples
from emoscope.decisions import Policy, PolicyOptions, fit_policy, fit_rollup_policies, read_policy
from emoscope.errors import DataError, ExportError
from emoscope.inference.classifier import EmotionClassifier
from emoscope.model_folder.file_names import FP32_GRAPH, INT8_GRAPH
from emoscope.model_folder.manifest import Manifest, read_manifest, write_manifest
from emoscope.scorers.onnx import OnnxScorer
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import Scores
from emoscope.text import NEWEST
from emoscope.text.language import is_english
from emoscope.training.choose_graph import ChosenGraph, FitPolicy, Say, choose_graph
from emoscope.training.fit import FittedModel
from emoscope.training.recipe import Recipe

if TYPE_CHECKING:
    from emoscope.export import ExportReport, Scheme
    from emoscope.models.torch_scorer import TorchScorer


@dataclass(frozen=True, eq=False)
class FinalModel:
    """A classifier that will not change any more; :meth:`save` completes its folder."""

    classifier: EmotionClassifier
    """Runs what :func:`emoscope.load` opens: of an exported encoder the int8 graph."""
    manifest: Manifest
    """Without metrics and checksums."""
    folder: Path
    validation_scores: Scores
    """Of the validation texts by that classifier, shape (n_texts, n_labels)."""

    def save(self, metrics: Mapping[str, Any] | None = None) -> EmotionClassifier:
        """Write card and manifest, with ``metrics`` as the headline metrics on test.

        Returns the classifier with the manifest that was written.
        """
        manifest = replace(self.manifest, metrics=metrics or {})
        write_card(self.folder, manifest)
        manifest = write_manifest(self.folder, manifest)
        made = self.classifier
        return EmotionClassifier(made.scorer, made.policy, made.taxonomy, manifest)


def finalize(
    recipe: Recipe,
    fitted: FittedModel,
    validation: Examples,
    provenance: Mapping[str, Any] | None = None,
    say: Say = lambda line: None,
) -> FinalModel:
    """Fit the policy on ``validation``, fold calibration into encoders, make their ONNX graphs.

    ``validation`` is scored once by the model and once by each graph. A model without a graph runs
    with torch, which is said and no failure. Raises :class:`FitOnTest` for texts of a test split.
    """
    say("Fitting the policy on validation")
    scores = fitted.scorer.logits(validation.texts)
    policy = fit_policy(validation.with_scores(scores), recipe.policy)
    scorer, chosen, origin = fitted.scorer, None, dict(provenance or {})
    if fitted.kind == "encoder":
        if _fold(fitted, policy):
            scores = policy.calibration.apply(scores.astype("float64")).astype("float32")
            policy = policy.folded()
        if recipe.export != "none":
            chosen = _export(recipe, fitted, validation, scores, policy, say)
    if chosen is not None:
        scores, policy = chosen.scores, chosen.policy or policy
        origin["export"] = chosen.report.to_json()
        scorer = _graph_scorer(fitted)
    scored = validation.with_scores(scores)
    rollups = validation.taxonomy.rollups.values()
    policy = fit_rollup_policies(policy, rollups, scored, recipe.policy)
    manifest = Manifest(
        kind=fitted.kind,
        task=validation.task,
        taxonomy=validation.taxonomy,
        policy=policy.to_json(),
        max_length=fitted.max_length,
        normalisation=NEWEST,
        language="en" if is_english(validation.texts) else None,
        provenance=origin,
    )
    classifier = EmotionClassifier(scorer, policy, validation.taxonomy, manifest)
    return FinalModel(classifier, manifest, fitted.folder, scores)


def export_again(
    folder: Path,
    *,
    validation: Examples | None = None,
    schemes: Sequence[Scheme],
    runtime: RuntimeOptions | None = None,
    say: Say = lambda line: None,
) -> ExportReport:
    """Make the graphs of a saved encoder again, and fit its policy on the scores of the one kept.

    Without ``validation``, graphs are compared on texts of ``everyday`` and the policy
    stays. ``runtime`` gives the device on which torch scores them and the number of threads.

    Raises :class:`ExportError` when no graph is accepted, with the folder unchanged,
    :class:`FitOnTest` for texts of a test split, and :class:`ModelFolderError` when the folder
    holds no encoder that can be read.
    """
    from emoscope.models.torch_scorer import TorchScorer  # deferred: extra train

    manifest = read_manifest(folder)
    if manifest.kind != "encoder":
        raise ExportError(
            f"The model in {str(folder)!r} is of kind {manifest.kind!r}, which is used as it is. "
            "Only encoders are exported; of an ensemble export the members before they are joined."
        )
    if validation is not None:
        _check_labels(validation, manifest)
    runtime = runtime or RuntimeOptions()
    scorer = TorchScorer.load(folder, manifest, runtime.device)
    policy = read_policy(manifest.policy)
    options = PolicyOptions(**policy.fitted_on.get("options", {}))
    examples = _parity_texts() if validation is None else validation
    scores = scorer.logits(examples.texts)
    scorer.model.cpu()  # where graphs are traced
    chosen = choose_graph(
        scorer,
        examples,
        scores,
        folder,
        schemes,
        None if validation is None else _refit(policy, validation, options),
        say,
        runtime,
    )
    if chosen.policy is not None:
        rollups = manifest.taxonomy.rollups.values()
        scored = examples.with_scores(chosen.scores)
        policy = fit_rollup_policies(chosen.policy, rollups, scored, options)
    provenance = {**manifest.provenance, "export": chosen.report.to_json()}
    manifest = replace(manifest, policy=policy.to_json(), provenance=provenance)
    write_card(folder, manifest)  # it shows the thresholds, and how to run the graph
    write_manifest(folder, manifest)
    return chosen.report


def _fold(fitted: FittedModel, policy: Policy) -> bool:
    """Write the policy's calibration into the last layer of a live encoder; tell if that worked."""
    from emoscope.models.head import fold_line  # deferred: extra train
    from emoscope.models.quiet import quiet_transformers  # deferred: extra train

    scorer: TorchScorer = fitted.scorer  # type: ignore[assignment]  # its kind is encoder
    if not fold_line(scorer.model, policy.calibration.slope, policy.calibration.offset):
        return False
    with quiet_transformers():
        scorer.model.save_pretrained(fitted.folder)
    return True


def _export(
    recipe: Recipe,
    fitted: FittedModel,
    validation: Examples,
    scores: Scores,
    policy: Policy,
    say: Say,
) -> ChosenGraph | None:
    """The graph to use: int8 where the recipe asks and it is good enough, else fp32, else none."""
    from emoscope.export import schemes_with  # deferred: extra train

    wanted = schemes_with(recipe.int8_neurons)
    scorer: TorchScorer = fitted.scorer  # type: ignore[assignment]  # its kind is encoder
    refit = _refit(policy, validation, recipe.policy)
    for schemes in (wanted, ()) if recipe.export == "int8" else ((),):
        try:
            return choose_graph(scorer, validation, scores, fitted.folder, schemes, refit, say)
        except ExportError as error:
            say(str(error))
    return None


def _refit(policy: Policy, validation: Examples, options: PolicyOptions) -> FitPolicy:
    """Fits a policy like ``policy`` on other scores of the same texts."""
    folded = policy.fitted_on.get("folded")

    def fit(scores: Scores) -> Policy:
        # scores whose calibration is in the graph are probabilities as they are
        asked = options if folded is None else replace(options, calibration="none")
        fitted = fit_policy(validation.with_scores(scores), asked)
        if folded is None:
            return fitted
        about = {**fitted.fitted_on, "folded": folded, "options": asdict(options)}
        return replace(fitted, fitted_on=about)

    return fit


def _graph_scorer(fitted: FittedModel) -> OnnxScorer:
    """Opens the graph that was kept."""
    scorer: TorchScorer = fitted.scorer  # type: ignore[assignment]  # its kind is encoder
    int8 = fitted.folder / INT8_GRAPH
    graph = int8 if int8.is_file() else fitted.folder / FP32_GRAPH
    return OnnxScorer(graph, scorer.tokenizer, scorer.labels, scorer.task)


def _parity_texts() -> Examples:
    """Texts of ``everyday``, with labels that are not read."""
    return read_everyday().split("validation")


def _check_labels(validation: Examples, manifest: Manifest) -> None:
    if validation.taxonomy.labels != manifest.labels or validation.task != manifest.task:
        raise DataError(
            f"{validation.name} has other labels, or another task, than the model. "
            "Give the data that the model was trained for."
        )
