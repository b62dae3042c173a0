from __future__ import annotations

import pytest

from emoscope.data.text_identity import fold_text, group_texts


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Thank  YOU.\n", "thank you."),
        ("ﬁne", "fine"),
        ("Ｗｏｗ", "wow"),
        ("Straße", "strasse"),
        ("a\u00a0b", "a b"),
        ("é", "é"),
    ],
)
def test_case_unicode_form_and_white_space_fold(text, folded):
    assert fold_text(text) == folded


def test_words_and_marks_do_not():
    assert len({fold_text(text) for text in ("no", "no.", "no!", "on", "n o")}) == 5


def test_equal_texts_share_a_number():
    texts = ["a", "B", "A ", "b", "a"]
    assert group_texts(texts).tolist() == [0, 1, 0, 1, 0]
    assert group_texts(texts, folded=False).tolist() == [0, 1, 2, 3, 0]
    assert group_texts([]).tolist() == []
