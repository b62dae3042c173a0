from __future__ import annotations

import numpy as np

from emoscope.data.examples import Examples
from emoscope.evaluation.error_analysis.shared_texts import find_shared
from emoscope.taxonomy import make_taxonomy


def test_shared_texts_by_hand() -> None:
    labels = np.array([[1, 0], [0, 1], [1, 0], [1, 0], [0, 1]], dtype=bool)
    examples = Examples(
        texts=("Hello  there", "bye", "hello there", "BYE", "new"),
        labels=labels,
        taxonomy=make_taxonomy("two", ("a", "b")),
        task="multi_label",
        ids=tuple("12345"),
        splits=np.array(["train", "train", "test", "test", "test"]),
    )
    predicted = np.array([[1, 0], [0, 1], [1, 0]], dtype=bool)
    found = find_shared(examples, "test", predicted, "multi_label")
    assert found is not None
    assert found.rows.tolist() == [0, 1]
    assert found.same_labels.tolist() == [True, False]
    assert found.everything.n_texts == 3
    assert found.without.n_texts == 1
    assert found.only_same.value == 1.0
    assert found.only_other.value == 0.0


def test_train_has_nothing_to_share_with(examples_of) -> None:
    examples = examples_of(splits=("test",))
    predicted = examples.labels
    assert find_shared(examples, "test", predicted, "multi_label") is None
