from __future__ import annotations

import pytest

from emoscope.data.audit import audit
from emoscope.data.text_identity import group_texts, text_key, without_format_characters
from emoscope.evaluation.error_analysis.shared_texts import find_shared
from emoscope.evaluation.judge import judge
from emoscope.taxonomy import GOEMOTIONS


def test_equal_texts_share_a_number():
    texts = ["a", "B", "A ", "b", "a"]
    assert group_texts(texts).tolist() == [0, 1, 0, 1, 0]
    assert group_texts(texts, folded=False).tolist() == [0, 1, 2, 3, 0]
    assert group_texts([]).tolist() == []


def test_audit_metrics_and_error_analysis_count_the_same_shared_texts(
    make_examples, goemotions_classifier
):
    # NFC alone keeps the ligature, the wide letters and U+FB01 apart from plain letters
    pairs = [("fine by me", "\ufb01ne by me"), ("Wow", "\uff37\uff4f\uff57"), ("a b", "A\u200b  b")]
    rows = [(text, "joy", "train") for text, _ in pairs] + [("other", "anger", "train")]
    rows += [(text, "joy", "test") for _, text in pairs] + [("new", "anger", "test")]
    examples = make_examples(rows, labels=GOEMOTIONS.labels)
    part = examples.split("test")
    found = find_shared(examples, "test", part.labels, "multi_label")
    assert found is not None
    assert found.rows.tolist() == [0, 1, 2]
    (across,) = audit(examples).folded.across
    assert across.rows == 3
    judged = judge(goemotions_classifier, examples, "test", bootstrap=0)
    assert judged.to_json()["shared_with_train"] == 3


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Thank  YOU.\n", "thank you."),
        ("\ufb01ne", "fine"),
        ("\uff37\uff4f\uff57", "wow"),
        ("Stra\u00dfe", "strasse"),
        ("a\u00a0b", "a b"),
        ("e\u0301", "\u00e9"),
        ("a\u200bb", "ab"),
    ],
)
def test_case_unicode_form_and_white_space_are_not_part_of_the_key(text: str, key: str) -> None:
    assert text_key(text) == key


def test_words_marks_and_on_request_case_are_part_of_the_key() -> None:
    assert len({text_key(text) for text in ("no", "no.", "no!", "on", "n o")}) == 5
    assert text_key(" No ", fold_case=False) == "No"


def test_format_characters_and_variation_selectors_can_be_removed() -> None:
    assert without_format_characters("jo\u200dy\ufe0f\u00ad") == "joy"
