from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest

from emoscope.batch.job_identity import describe_run, difference
from emoscope.batch.options import LabelOptions
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.formats import OutputFormat

CSV = OutputFormat("csv")


@pytest.fixture
def paths(write):
    return [write("a.csv", "text\nx\n"), write("b.csv", "text\ny\n")]


def test_the_same_run_is_the_same_even_from_json_and_under_other_names(classifier, paths, write):
    run = describe_run(classifier, paths, CSV, LabelOptions(rollups=("mood",)))
    again = json.loads(json.dumps(run))
    assert difference(again, run) is None
    moved = [write("c.csv", "text\nx\n"), paths[1]]
    now = describe_run(classifier, moved, CSV, LabelOptions(rollups=("mood",)))
    assert difference(again, now) is None


def test_every_difference_is_told(classifier, paths):
    run = describe_run(classifier, paths, CSV, LabelOptions())

    def now(**changes):
        new = {
            "classifier": classifier, "paths": paths, "output": CSV, "options": LabelOptions(),
        } | changes  # fmt: skip
        return difference(
            run, describe_run(new["classifier"], new["paths"], new["output"], new["options"])
        )

    assert now() is None
    assert now(paths=paths[:1]) == "it had 2 input files, not 1"
    assert "prefix was '' then and is 'e_' now" in now(options=LabelOptions(prefix="e_"))
    assert now(output=OutputFormat("csv", gzip=True)) == "its output format was another"
    lower = EmotionClassifier(
        classifier.scorer, classifier.policy.with_threshold(0.1), classifier.taxonomy
    )
    assert "thresholds" in now(classifier=lower)
    paths[0].write_text("text\nz\n")
    assert now() == f"the content of {paths[0]} was another then"


def test_other_scores_are_another_classifier(classifier, paths):
    run = describe_run(classifier, paths, CSV, LabelOptions())
    classifier.scorer.letters = "jlax"
    assert "model" in difference(run, describe_run(classifier, paths, CSV, LabelOptions()))


@pytest.mark.parametrize("key", ["format_version", "emoscope"])
def test_another_version(classifier, paths, key):
    run = describe_run(classifier, paths, CSV, LabelOptions())
    old = copy.deepcopy(run) | {key: "0"}
    assert "emoscope" in difference(old, run)


def test_a_manifest_counts(classifier, paths):
    from emoscope.model_folder.manifest import Manifest

    def with_files(files):
        manifest = Manifest("linear", "multi_label", classifier.taxonomy, {}, files=files)
        return EmotionClassifier(
            classifier.scorer, classifier.policy, classifier.taxonomy, manifest
        )

    one, other = (
        describe_run(with_files({"m": sha}), paths, CSV, replace(LabelOptions())) for sha in "ab"
    )
    assert difference(one, other) is not None
