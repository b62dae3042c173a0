from __future__ import annotations

from emoscope.batch.counts import RowCounts
from emoscope.inference.label_rows import label_rows
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.text_records import TextRecords


def test_counts_go_on_from_what_a_journal_kept(classifier):
    texts = ["jj", None, "jjl", " ", *[None] * 5]
    records = TextRecords(("text",), [[text or ""] for text in texts])
    chunk = Chunk(records, {}, range(1, 10), "line", "f.txt", Cursor(), 1.0)
    errors = {row: f"reason {row}" for row, text in enumerate(texts) if text is None}
    answers, (own,) = label_rows(classifier, texts), classifier.label_sets()
    tally = RowCounts().plus(chunk, errors, answers, own)
    tally = RowCounts.from_json(tally.to_json()).plus(chunk, errors, answers, own)
    assert (tally.rows, tally.unread) == (18, 12)
    assert tally.labels == {"joy": 4, "love": 2, "neutral": 2}
    assert tally.notes == {"empty_text": 2}
    assert tally.examples == tuple(
        f"f.txt, line {row + 1}: reason {row}" for row in (1, 4, 5, 6, 7)
    )
