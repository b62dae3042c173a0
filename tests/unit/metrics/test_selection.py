from __future__ import annotations

from emoscope.metrics.selection import selection_sentence


def test_a_test_score_has_the_number_of_looks_at_validation_beside_it() -> None:
    selection = {"trials": 30, "evaluations": 1034, "metric": "macro_f1", "value": 0.51234}
    assert selection_sentence(selection) == (
        "The recipe is the best of 30 trials on validation, which scored it 1,034 times (best "
        "macro-F1 there 0.5123); test had no part in it."
    )


def test_a_recipe_that_was_not_searched_for_has_none() -> None:
    assert selection_sentence({}) == ""
