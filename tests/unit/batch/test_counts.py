from __future__ import annotations

from emoscope.batch.counts import RowCounts
from emoscope.batch.worker import Worker
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.text_records import TextRecords


def test_counts_go_on_from_what_a_journal_kept(classifier):
    worker = Worker(classifier)
    texts = ["jj", None, "jjl", *[None] * 6]
    records = TextRecords(("text",), [[text or ""] for text in texts])
    chunk = Chunk(records, {}, range(1, 10), "line", "f.txt", Cursor(), 1.0)
    errors = {row: f"reason {row}" for row, text in enumerate(texts) if text is None}
    tally = RowCounts().plus(chunk, errors, worker(texts), worker.sets[0])
    tally = RowCounts.from_json(tally.to_json()).plus(chunk, errors, worker(texts), worker.sets[0])
    assert (tally.rows, tally.unread) == (18, 14)
    assert tally.labels == {"joy": 4, "love": 2}
    assert tally.examples == tuple(
        f"f.txt, line {row + 1}: reason {row}" for row in (1, 3, 4, 5, 6)
    )
