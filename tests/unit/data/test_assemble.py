from __future__ import annotations

from emoscope.data.assemble import Part, join_parts, label_matrix
from emoscope.data.examples import SourceFile
from emoscope.taxonomy import Taxonomy

OWN = Taxonomy("own", ("joy", "anger"))


def test_indices_become_a_matrix():
    matrix = label_matrix([(0,), (), (1, 0), (1,)], 2)
    assert matrix.tolist() == [[True, False], [False, False], [True, True], [False, True]]
    assert label_matrix([], 2).shape == (0, 2)


def test_parts_are_joined_in_order():
    first = SourceFile("a", "x", 2)
    second = SourceFile("b", "y", 1)
    examples = join_parts(
        [
            Part("train", ["a", "b"], [(0,), (1,)], ["1", "2"], first, splits=["test", "train"]),
            Part("validation", ["c"], [(0, 1)], ["3"], second),
        ],
        name="n",
        taxonomy=OWN,
        task="multi_label",
        notes=["note"],
    )
    assert examples.texts == ("a", "b", "c")
    assert examples.splits.tolist() == ["test", "train", "validation"]
    assert examples.files == (first, second)
    assert examples.notes == ("note",)
    assert examples.labels.tolist() == [[True, False], [False, True], [True, True]]
