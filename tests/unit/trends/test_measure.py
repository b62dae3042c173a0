"""From files to counts: what is read, what is left out, and what is refused."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import emoscope.loading
from emoscope.batch.summary import Progress
from emoscope.errors import (
    ColumnMissing,
    DataError,
    NoExamples,
    TaxonomyError,
    UnknownLabel,
    UnreadableFile,
)
from emoscope.inference.classifier import EmotionClassifier
from emoscope.trends import TrendOptions, Trends, measure_trends, rows

Write = Callable[[str, str], Path]

TEXTS = (
    "when,site,text\n"
    "2024-03-05T10:00:00Z,a,so much joy\n"
    "2024-03-05T23:30:00-01:00,a,anger\n"  # in UTC, the day after
    "2024-03-05,b,joy and anger\n"
    "yesterday,a,joy\n"
    "2024-03-08,a,nothing\n"
    ",b,joy\n"
    "2024-03-08,b,\n"
)


def counts(trends: Trends) -> dict[str, list[int]]:
    """Texts with each label in the first group, by period; labels without any are left out."""
    found = dict(zip(trends.labels, trends.held[0].T.tolist(), strict=True))
    return {label: numbers for label, numbers in found.items() if any(numbers)}


def test_texts_are_labelled_and_counted_by_day(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    told: list[Progress] = []
    options = TrendOptions(time="when", every="day")
    found = measure_trends(write("t.csv", TEXTS), options, goemotions_classifier, told.append)
    assert found.periods == ["2024-03-05", "2024-03-06", "2024-03-08"]
    assert found.texts.tolist() == [[2, 1, 1]]
    assert counts(found) == {"joy": [2, 0, 0], "anger": [1, 1, 0]}
    assert found.share[0, 0, found.labels.index("anger")] == 0.5
    assert found.without_gaps().texts.tolist() == [[2, 1, 0, 1]]
    assert np.isnan(found.without_gaps().share[0, 2]).all()
    assert found.groups == ("",)
    assert [step.stage for step in told] == ["checking", "counting"]
    assert told[-1].rows == 7


def test_rows_that_do_not_count_are_named(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    path = write("t.csv", TEXTS)
    left = measure_trends(path, TrendOptions(time="when"), goemotions_classifier).left_out
    assert (left.untimed, left.unread, left.outside) == (2, 1, 0)
    assert left.untimed_examples == (f"{path}, line 5: 'yesterday'", f"{path}, line 7: nothing")
    assert left.unread_examples == (f"{path}, line 8: no text in column 'text'",)


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 100])
def test_groups_apart_whatever_the_size_of_a_chunk(
    goemotions_classifier: EmotionClassifier, write: Write, chunk_rows: int
) -> None:
    options = TrendOptions(time="when", by="site", every="day", chunk_rows=chunk_rows)
    found = measure_trends(write("t.csv", TEXTS), options, goemotions_classifier)
    assert found.groups == ("a", "b")
    assert found.texts.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert found.held[1, 0, found.labels.index("joy")] == 1


def test_only_what_was_asked_for_is_labelled(
    goemotions_classifier: EmotionClassifier, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    scorer = goemotions_classifier.scorer
    score = scorer.logits
    monkeypatch.setattr(scorer, "logits", lambda texts: [seen.extend(texts), score(texts)][1])
    options = TrendOptions(
        "when", by="site", groups=("a",), since="2024-03-05", before="2024-03-08",
        labels=("anger", "joy"),
    )  # fmt: skip
    found = measure_trends(write("t.csv", TEXTS), options, goemotions_classifier)
    assert seen == ["so much joy", "anger"]
    assert found.labels == ("anger", "joy")
    assert (found.left_out.outside, found.left_out.unread) == (3, 0)


def test_a_group_that_is_not_there_is_told(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    options = TrendOptions(time="when", by="site", groups=("a", "bb"))
    path = write("t.csv", TEXTS)
    found = measure_trends(path, options, goemotions_classifier)
    assert found.groups == ("a", "bb")
    assert found.texts[1].sum() == 0
    assert found.notes == ("no row that was counted has 'bb' in column 'site'. Did you mean 'b'?",)
    with pytest.raises(NoExamples, match=r"with 'bb' in column 'site'\. Did you mean 'b'"):
        measure_trends(
            path, TrendOptions(time="when", by="site", groups=("bb",)), goemotions_classifier
        )


def test_too_many_groups_are_refused_early(
    goemotions_classifier: EmotionClassifier, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_GROUPS", 2)
    path = write("t.csv", "when,who,text\n" + "".join(f"2024-03-05,{i},joy\n" for i in range(3)))
    with pytest.raises(DataError, match="'who' has more than 2 different values"):
        measure_trends(path, TrendOptions(time="when", by="who"), goemotions_classifier)
    options = TrendOptions(time="when", by="who", groups=("2", "0"))
    assert measure_trends(path, options, goemotions_classifier).groups == ("2", "0")


def test_coarse_labels(goemotions_classifier: EmotionClassifier, write: Write) -> None:
    options = TrendOptions(time="when", rollup="sentiment", every="day")
    found = measure_trends(write("t.csv", TEXTS), options, goemotions_classifier)
    assert found.labels == ("positive", "negative", "ambiguous", "neutral")
    assert counts(found)["negative"] == [1, 1, 0]
    options = TrendOptions(time="when", rollup="moods")
    with pytest.raises(TaxonomyError, match="no roll-up 'moods'"):
        measure_trends(write("t.csv", TEXTS), options, goemotions_classifier)


def test_without_a_model_the_default_one_is_loaded_and_only_for_texts(
    goemotions_classifier: EmotionClassifier, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def load(model: object = None, runtime: object = None) -> EmotionClassifier:
        asked.append(model)
        return goemotions_classifier

    monkeypatch.setattr(emoscope.loading, "load_with", load)
    labelled = "when,labels,top_label,error,text\n2024-03-05,joy,joy,,anger\n"
    path = write("l.csv", labelled)
    assert counts(measure_trends(path, TrendOptions(time="when"))) == {"joy": [1]}
    assert asked == []
    # labelled anew where a text column or a model is named
    assert counts(measure_trends(path, TrendOptions(time="when", text="text"))) == {"anger": [1]}
    assert counts(measure_trends(path, TrendOptions(time="when"), "folder")) == {"anger": [1]}
    measure_trends(write("t.csv", TEXTS), TrendOptions(time="when"))
    assert asked == [None, "folder", None]


def test_several_files_and_json_lines_with_numbers(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    write("a.jsonl", '{"t": 1709596800, "text": "joy"}\n{"text": "joy"}\n')
    write("b.jsonl", '{"t": "1709683200000", "text": "joy", "site": 7}\n')
    here = write("c.jsonl", '{"t": 1709683200.5, "text": "joy", "site": 7, "more": []}\n')
    found = measure_trends(here.with_name("*.jsonl"), TrendOptions(time="t"), goemotions_classifier)
    assert found.texts.tolist() == [[1, 2]]
    assert found.left_out.untimed == 1
    by = TrendOptions(time="t", by="site")
    with pytest.raises(ColumnMissing, match="--by"):  # not a field of the first file's rows
        measure_trends(here.with_name("*.jsonl"), by, goemotions_classifier)
    found = measure_trends(here, by, goemotions_classifier)
    assert found.groups == ("7",)


def test_standard_input(
    goemotions_classifier: EmotionClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pipe:
        buffer = io.BufferedReader(io.BytesIO(TEXTS.encode()))  # type: ignore[arg-type]

    monkeypatch.setattr(sys, "stdin", Pipe())
    options = TrendOptions(time="when", input_format="csv")
    assert measure_trends("-", options, goemotions_classifier).texts.sum() == 4


def test_strict_stops_at_the_first_row_that_cannot_be_read(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    strict = TrendOptions(time="when", strict=True)
    with pytest.raises(UnreadableFile, match=r"line 5: no time in column 'when': 'yesterday'"):
        measure_trends(write("t.csv", TEXTS), strict, goemotions_classifier)
    broken = "when,text\n2024-03-05,joy,more\nsoon,joy\n"
    with pytest.raises(UnreadableFile, match="line 2: 3 fields, and the header has 2"):
        measure_trends(write("b.csv", broken), strict, goemotions_classifier)


def test_no_time_at_all(goemotions_classifier: EmotionClassifier, write: Write) -> None:
    path = write("t.csv", "when,text\nsoon,joy\nlater,joy\n")
    with pytest.raises(NoExamples, match=r"column 'when'; it begins with .*line 2: 'soon'\. Times"):
        measure_trends(path, TrendOptions(time="when"), goemotions_classifier)


def test_no_text_at_all(goemotions_classifier: EmotionClassifier, write: Write) -> None:
    path = write("t.csv", "when,text\n2024-03-05,\n")
    with pytest.raises(NoExamples, match="line 2: no text in column 'text'"):
        measure_trends(path, TrendOptions(time="when"), goemotions_classifier)
    with pytest.raises(NoExamples, match="has no rows"):
        measure_trends(
            write("e.csv", "when,text\n"), TrendOptions(time="when"), goemotions_classifier
        )


def test_nothing_in_the_time_asked_for(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    options = TrendOptions(time="when", since="2030-01-01")
    with pytest.raises(NoExamples, match="can be counted since 2030-01-01"):
        measure_trends(write("t.csv", TEXTS), options, goemotions_classifier)


@pytest.mark.parametrize(
    ("options", "option"),
    [(TrendOptions(time="wen"), "--time"), (TrendOptions(time="when", by="sites"), "--by")],
)
def test_an_unknown_column_is_met_with_the_nearest(
    goemotions_classifier: EmotionClassifier, write: Write, options: TrendOptions, option: str
) -> None:
    with pytest.raises(ColumnMissing, match=f"given with {option}.*Did you mean '(when|site)'"):
        measure_trends(write("t.csv", TEXTS), options, goemotions_classifier)


def test_an_unknown_label_is_refused_before_anything_is_labelled(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    options = TrendOptions(time="when", labels=("joyy",))
    with pytest.raises(UnknownLabel, match="Did you mean 'joy'"):
        measure_trends(write("t.csv", TEXTS), options, goemotions_classifier)
    assert goemotions_classifier.scorer.calls == 0  # type: ignore[attr-defined]


def test_counting_a_labelled_file_loads_nothing_heavy(write: Write) -> None:
    path = write("l.csv", "when,labels,top_label,error\n2024-03-05,joy,joy,\n")
    heavy = ("torch", "pandas", "sklearn", "matplotlib", "pyarrow", "transformers")
    code = (
        "import sys; from emoscope.trends import TrendOptions, measure_trends; "
        f"measure_trends({str(path)!r}, TrendOptions('when')); "
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def measured(write: Write, classifier: EmotionClassifier, cells: list[str], **options: object):
    path = write("d.csv", "when,text\n" + "".join(f'"{cell}",joy\n' for cell in cells))
    return measure_trends(
        path, TrendOptions(time="when", every="day", chunk_rows=1, **options), classifier
    )


def test_the_column_as_a_whole_tells_the_order_of_dates(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    found = measured(write, goemotions_classifier, ["01/03/2024", "02/03/2024", "13/03/2024"])
    assert found.periods == ["2024-03-01", "2024-03-02", "2024-03-13"]
    assert "read day-first: '13/03/2024'" in found.notes[0]
    found = measured(
        write, goemotions_classifier, ["03/01/2024", "2024-03-02", "3/13/2024 1:00 PM"]
    )
    assert found.periods == ["2024-03-01", "2024-03-02", "2024-03-13"]


def test_dates_in_both_orders_are_left_out_counted_and_shown(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    cells = ["01/03/2024", "13/03/2024", "03/14/2024"]
    found = measured(write, goemotions_classifier, cells)
    assert found.periods == ["2024-03-13", "2024-03-14"]
    assert found.left_out.untimed == 1
    assert found.left_out.untimed_examples[0].endswith("line 2: '01/03/2024'")
    assert "both orders" in found.notes[0]
    assert "--dates" in found.notes[0]
    found = measured(write, goemotions_classifier, cells, dates="day-first")
    assert found.periods == ["2024-03-01", "2024-03-13"]
    with pytest.raises(UnreadableFile, match="both orders"):
        measured(write, goemotions_classifier, cells, strict=True)


def test_dates_of_either_order_say_which_was_taken(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    found = measured(write, goemotions_classifier, ["03/01/2024", "03/02/2024"], since="2024-02-02")
    assert found.periods == ["2024-03-01", "2024-03-02"]
    assert found.left_out.outside == 0
    assert "read month-first" in found.notes[0]
    assert "--dates day-first" in found.notes[0]


def test_an_outlying_time_is_named_and_does_not_choose_the_unit(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    path = write(
        "e.csv", "when,text\n2024-03-05T10:00:00Z,a\n2024-03-05T11:00:00Z,b\n1970-01-01,c\n"
    )
    found = measure_trends(path, TrendOptions(time="when"), goemotions_classifier)
    assert found.every == "hour"
    assert found.texts.tolist() == [[1, 1, 1]]
    (note,) = found.notes
    assert note.startswith("1 text (1970-01-01 00:00) lies far before all others")
    assert "--since '2024-03-05 10:00'" in note
    assert len(found.without_gaps().periods) == 2


def test_a_time_that_is_read_in_part_is_left_out_and_shown(
    goemotions_classifier: EmotionClassifier, write: Write
) -> None:
    cells = ["Mar 5, 2024, 9:20:00 PM", "Tue Mar 05 2024 23:30:00 GMT-0500 (EST)", "2024-03-05 CST"]
    found = measured(write, goemotions_classifier, cells)
    assert found.periods == ["2024-03-05", "2024-03-06"]
    assert found.left_out.untimed_examples[0].endswith("line 4: '2024-03-05 CST'")
