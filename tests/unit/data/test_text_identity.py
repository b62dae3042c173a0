from __future__ import annotations

from emoscope.data.audit import audit
from emoscope.data.text_identity import group_texts
from emoscope.evaluation.error_analysis.shared_texts import find_shared


def test_equal_texts_share_a_number():
    texts = ["a", "B", "A ", "b", "a"]
    assert group_texts(texts).tolist() == [0, 1, 0, 1, 0]
    assert group_texts(texts, folded=False).tolist() == [0, 1, 2, 3, 0]
    assert group_texts([]).tolist() == []


def test_audit_and_error_analysis_count_the_same_shared_texts(make_examples):
    # NFC alone keeps the ligature, the wide letters and U+FB01 apart from plain letters
    pairs = [("fine by me", "\ufb01ne by me"), ("Wow", "\uff37\uff4f\uff57"), ("a b", "A\u200b  b")]
    rows = [(text, "joy", "train") for text, _ in pairs] + [("other", "anger", "train")]
    rows += [(text, "joy", "test") for _, text in pairs] + [("new", "anger", "test")]
    examples = make_examples(rows)
    part = examples.split("test")
    found = find_shared(examples, "test", part.labels, "multi_label")
    assert found is not None
    assert found.rows.tolist() == [0, 1, 2]
    (across,) = audit(examples).folded.across
    assert across.rows == 3
