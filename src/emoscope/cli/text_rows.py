"""Texts as rows of CSV or JSON lines, by the encoders that write labelled files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from emoscope.batch.writing.encoders import Encoder
from emoscope.batch.writing.json_lines import JsonLinesEncoder
from emoscope.inference.added_columns import AddedColumns
from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.texts import text_chunks
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.text_column import TEXT
from emoscope.io.text_records import TextRecords

_CHUNK_TEXTS = 1024


def write_rows(
    classifier: EmotionClassifier,
    texts: Iterable[str],
    out: BinaryIO,
    form: str,
    *,
    rollups: Sequence[str] = (),
    wide: bool = False,
    prefix: str = "",
    escape_formulas: bool = False,
) -> None:
    """Write a row for each of ``texts``, with the columns of a labelled file, to ``out``.

    ``form`` is ``csv`` or ``jsonl``; raises :class:`emoscope.errors.TaxonomyError` for a roll-up
    that there is not.
    """
    added = AddedColumns(classifier.label_sets(rollups), "wide" if wide else "object", prefix)
    encoder: Encoder = JsonLinesEncoder(added)
    if form == "csv":
        from emoscope.batch.writing.delimited import DelimitedEncoder  # deferred: start-up

        encoder = DelimitedEncoder([TEXT], added, ",", escape_formulas=escape_formulas)
    out.write(encoder.header())
    for chunk in text_chunks(texts, _CHUNK_TEXTS):
        rows = TextRecords((TEXT,), [[text] for text in chunk])
        records = Chunk(rows, {}, range(len(chunk)), "text", "texts", Cursor(), None)
        out.write(encoder.encode(records, {}, classifier.answer(chunk, rollups)))
        out.flush()
