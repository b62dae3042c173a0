from __future__ import annotations

import json
from dataclasses import replace

import pytest

from emoscope.batch.job_identity import describe_job, difference
from emoscope.batch.options import LabelOptions
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.formats import OutputFormat

CSV = OutputFormat("csv")


@pytest.fixture
def paths(write):
    return [write("a.csv", "text\nx\n"), write("b.csv", "text\ny\n")]


def test_the_same_job_is_the_same_even_from_json_and_under_other_names(classifier, paths, write):
    job = describe_job(classifier, paths, CSV, LabelOptions(rollups=("mood",)))
    again = json.loads(json.dumps(job))
    assert difference(again, job) is None
    moved = [write("c.csv", "text\nx\n"), paths[1]]
    now = describe_job(classifier, moved, CSV, LabelOptions(rollups=("mood",)))
    assert difference(again, now) is None


def test_every_difference_is_told(classifier, paths):
    job = describe_job(classifier, paths, CSV, LabelOptions())

    def now(**changes):
        new = {
            "classifier": classifier, "paths": paths, "output": CSV, "options": LabelOptions(),
        } | changes  # fmt: skip
        return difference(
            job, describe_job(new["classifier"], new["paths"], new["output"], new["options"])
        )

    assert now() is None
    assert now(paths=paths[:1]) == "it had 2 input files, not 1"
    assert "prefix was '' then and is 'e_' now" in now(options=LabelOptions(prefix="e_"))
    assert now(output=OutputFormat("csv", gzip=True)) == "its output format was different"
    lower = EmotionClassifier(
        classifier.scorer, classifier.policy.with_threshold(0.1), classifier.taxonomy
    )
    assert "thresholds" in now(classifier=lower)
    paths[0].write_text("text\nz\n")
    assert now() == f"the content of {paths[0]} was different then"


def test_other_scores_are_another_classifier(classifier, paths):
    job = describe_job(classifier, paths, CSV, LabelOptions())
    classifier.scorer.letters = "jlax"
    assert "model" in difference(job, describe_job(classifier, paths, CSV, LabelOptions()))


def test_another_version(classifier, paths):
    job = describe_job(classifier, paths, CSV, LabelOptions())
    assert "emoscope was 0 then" in difference(job | {"emoscope": "0"}, job)


def test_standard_input_is_never_the_same(classifier, paths):
    file = describe_job(classifier, paths, CSV, LabelOptions())
    pipe = describe_job(classifier, None, CSV, LabelOptions())
    assert "cannot be read again" in difference(pipe, pipe)
    assert "cannot be read again" in difference(pipe, file)
    assert "is standard input now" in difference(file, pipe)


@pytest.mark.parametrize("damage", ["emoscope", "classifier", "options", "output", "inputs"])
def test_a_description_that_is_damaged(classifier, paths, damage):
    job = describe_job(classifier, paths, CSV, LabelOptions())
    for value in (3, "x", [1, 2]):
        assert difference(job | {damage: value}, job) is not None
    assert difference({k: v for k, v in job.items() if k != damage}, job) is not None


def test_a_manifest_counts(classifier, paths):
    from emoscope.model_folder.manifest import Manifest

    def with_files(files):
        manifest = Manifest("linear", "multi_label", classifier.taxonomy, {}, files=files)
        return EmotionClassifier(
            classifier.scorer, classifier.policy, classifier.taxonomy, manifest
        )

    one, other = (
        describe_job(with_files({"m": sha}), paths, CSV, replace(LabelOptions())) for sha in "ab"
    )
    assert difference(one, other) is not None
