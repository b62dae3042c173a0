from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zlib

import pytest

from emoscope.batch.label_files import label_files
from emoscope.batch.options import LabelOptions
from emoscope.batch.writing import output_file
from emoscope.errors import ColumnMissing, DataError, NoExamples, TaxonomyError, UnreadableFile

ROWS = [("1", "jolly j"), ("2", ""), ("3", 'a, nasty "n"\nline'), ("4", "xyz")]


def csv_text(rows=ROWS) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([("id", "text"), *rows])
    return out.getvalue()


def json_text(rows=ROWS) -> str:
    return "".join(json.dumps({"id": int(i), "text": text}) + "\n" for i, text in rows)


def read(path):
    """Rows of an output as dicts, whatever its format."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    name = path.name.removesuffix(".gz")
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in data.decode().split("\n")[:-1]]
    delimiter = "\t" if name.endswith(".tsv") else ","
    return list(csv.DictReader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))


def test_csv_to_csv(classifier, write, tmp_path):
    out = tmp_path / "o.csv"
    summary = label_files(classifier, [write("i.csv", csv_text())], out)
    rows = read(out)
    assert [(row["id"], row["text"]) for row in rows] == ROWS
    assert [row["labels"] for row in rows] == ["joy|love", "", "neutral|anger|love", ""]
    assert [row["top_label"] for row in rows] == ["joy", "", "neutral", "joy"]
    assert [row["error"] for row in rows] == ["", "no text in column 'text'", "", ""]
    for row in rows:
        if row["error"]:
            assert row["probabilities"] == ""
        else:
            expected = classifier(row["text"]).probabilities
            assert json.loads(row["probabilities"]) == pytest.approx(expected, abs=1e-6)
    assert (summary.rows, summary.unread, summary.text_column) == (4, 1, "text")
    assert summary.examples == (f"{tmp_path / 'i.csv'}, line 3: no text in column 'text'",)
    assert summary.labels == {"love": 2, "anger": 1, "joy": 1, "neutral": 1}
    assert summary.added == ("labels", "top_label", "notes", "error", "probabilities")
    assert summary.error_column == "error"
    assert summary.rows_per_second > 0


INPUTS = {
    "i.csv": csv_text(),
    "i.csv.gz": csv_text(),
    "i.tsv": csv_text().replace(",", "\t").replace("a\t nasty", "a, nasty"),
    "i.jsonl": json_text(),
    "i.jsonl.gz": json_text(),
}


@pytest.mark.parametrize("source", INPUTS)
@pytest.mark.parametrize("target", ["o.csv", "o.csv.gz", "o.tsv", "o.jsonl", "o.jsonl.gz"])
def test_every_text_format_into_every_other(classifier, write, tmp_path, source, target):
    out = tmp_path / target
    label_files(classifier, [write(source, INPUTS[source])], out)
    rows = read(out)
    texts = [text.replace("\n", "\r\n") if "tsv" in source else text for _, text in ROWS]
    assert [row["text"].replace("\r\n", "\n") for row in rows] == [
        text.replace("\r\n", "\n") for text in texts
    ]
    assert [str(row["id"]) for row in rows] == list("1234")
    assert [row["top_label"] or None for row in rows] == ["joy", None, "neutral", "joy"]
    assert list(rows[0]) == [
        "id", "text", "labels", "top_label", "notes", "error", "probabilities",
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["i.csv", "i.jsonl", "i.parquet"])
@pytest.mark.parametrize("target", ["o.csv", "o.jsonl", "o.parquet"])
def test_parquet_in_and_out(classifier, write, tmp_path, source, target):
    pq = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    if source == "i.parquet":
        path = tmp_path / source
        ids, texts = zip(*ROWS, strict=True)
        pq.write_table(pa.table({"id": [int(i) for i in ids], "text": texts}), path)
    else:
        path = write(source, INPUTS[source])
    out = tmp_path / target
    label_files(classifier, [path], out, LabelOptions(chunk_rows=3))
    rows = pq.read_table(out).to_pylist() if target == "o.parquet" else read(out)
    assert [row["text"] for row in rows] == [text for _, text in ROWS]
    assert [str(row["id"]) for row in rows] == list("1234")
    assert [row["top_label"] or None for row in rows] == ["joy", None, "neutral", "joy"]
    if target == "o.parquet":
        assert [row["labels"] for row in rows] == [
            ["joy", "love"],
            [],
            ["neutral", "anger", "love"],
            [],
        ]
        assert type(rows[0]["id"]) is (str if source == "i.csv" else int)


def test_plain_text(classifier, write, tmp_path):
    out = tmp_path / "o.jsonl"
    label_files(classifier, [write("i.txt", "jj\n\naa")], out)
    assert [(row["text"], row["labels"]) for row in read(out)] == [
        ("jj", ["joy"]), ("", []), ("aa", ["anger"]),
    ]  # fmt: skip


def test_several_files_and_patterns(classifier, write, tmp_path):
    for i in (3, 1, 2):
        write(f"part-{i}.csv", f"text\nj{i}\nl{i}\n")
    out = tmp_path / "all.csv"
    label_files(classifier, [str(tmp_path / "part-*.csv")], out)
    assert [row["text"] for row in read(out)] == ["j1", "l1", "j2", "l2", "j3", "l3"]


def test_wide_rollups_and_a_prefix(classifier, write, tmp_path):
    out = tmp_path / "o.csv"
    options = LabelOptions(probabilities="wide", rollups=("mood",), prefix="e_")
    label_files(classifier, [write("i.csv", "id,text,labels\n1,jl,mine\n")], out, options)
    (row,) = read(out)
    assert row["labels"] == "mine"
    assert row["e_mood_labels"] == "good"
    assert float(row["e_mood_probability_good"]) == pytest.approx(
        classifier.rollup("mood")("jl").probabilities["good"], abs=1e-6
    )


def test_a_clash_is_told_before_anything_is_written(classifier, write, tmp_path):
    path = write("i.csv", "text,error\na,b\n")
    with pytest.raises(DataError, match=r"already has 'error'.*--prefix"):
        label_files(classifier, [path], tmp_path / "o.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["i.csv"]


def test_standard_input_and_output(classifier, monkeypatch, capfdbinary):
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"id,text\n1,jj\n2,\n")))
    monkeypatch.setattr(sys, "stdin", stream)
    summary = label_files(classifier, ["-"], None, LabelOptions(input_format="csv"))
    out = capfdbinary.readouterr().out.decode()
    assert [row["labels"] for row in csv.DictReader(io.StringIO(out))] == ["joy", ""]
    assert (summary.rows, summary.output) == (2, None)


def test_a_pipe_of_json_lines_into_a_table_says_why_not(classifier, monkeypatch, tmp_path):
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b'{"text": "a"}\n')))
    monkeypatch.setattr(sys, "stdin", stream)
    with pytest.raises(DataError, match="JSON lines from a pipe cannot be written as csv"):
        label_files(classifier, ["-"], tmp_path / "o.csv", LabelOptions(input_format="jsonl"))


def test_strict_stops_and_names_file_and_line(classifier, write, tmp_path):
    path = write("i.csv", csv_text())
    with pytest.raises(
        UnreadableFile, match=r"i\.csv, line 3: no text.*--restart.*without --strict"
    ) as stop:
        label_files(classifier, [path], tmp_path / "o.csv", LabelOptions(strict=True))
    assert stop.value.exit_code == 2
    assert not (tmp_path / "o.csv").exists()
    summary = label_files(classifier, [path], tmp_path / "o.csv")  # and now without
    assert summary.rows == 4


def test_the_text_column(classifier, write, tmp_path):
    path = write("i.csv", "user,comment\nanna,jolly good\n")
    with pytest.raises(DataError, match=r"Name it with --text"):
        label_files(classifier, [path], tmp_path / "o.csv")
    with pytest.raises(ColumnMissing, match="Did you mean 'comment'"):
        label_files(classifier, [path], tmp_path / "o.csv", LabelOptions(text="coment"))
    label_files(classifier, [path], tmp_path / "o.csv", LabelOptions(text="comment"))
    assert read(tmp_path / "o.csv")[0]["labels"] == "love|joy"


@pytest.mark.parametrize("target", ["o.csv", "o.jsonl", "o.csv.gz", "o.jsonl.gz"])
def test_a_header_without_rows(classifier, write, tmp_path, target):
    out = tmp_path / target
    summary = label_files(classifier, [write("i.csv", "id,text\n")], out)
    assert (summary.rows, summary.labels) == (0, {})
    assert read(out) == []
    if "csv" in target:
        data = gzip.decompress(out.read_bytes()) if "gz" in target else out.read_bytes()
        assert data == b"id,text,labels,top_label,notes,error,probabilities\n"


def test_empty_files(classifier, write, tmp_path):
    with pytest.raises(NoExamples, match=r"i\.csv is empty"):
        label_files(classifier, [write("i.csv", "")], tmp_path / "o.csv")
    for name in ("i.jsonl", "i.txt"):
        out = tmp_path / f"{name}.jsonl"
        assert label_files(classifier, [write(name, "")], out).rows == 0
        assert out.read_bytes() == b""


def test_json_lines_that_are_all_broken_are_rows_all_the_same(classifier, write, tmp_path):
    out = tmp_path / "o.jsonl"
    summary = label_files(classifier, [write("i.jsonl", "oops\n{}\n[]\n")], out)
    assert (summary.rows, summary.unread) == (3, 3)
    assert all(row["error"] for row in read(out))


def test_an_unknown_rollup_is_told(classifier, write, tmp_path):
    options = LabelOptions(rollups=("ekman",))
    with pytest.raises(TaxonomyError, match="no roll-up 'ekman'"):
        label_files(classifier, [write("i.csv", csv_text())], tmp_path / "o.csv", options)


def test_a_name_and_a_format_that_differ(classifier, write, tmp_path):
    with pytest.raises(DataError, match="is csv by its name, and jsonl was asked for"):
        label_files(
            classifier,
            [write("i.csv", csv_text())],
            tmp_path / "o.csv",
            LabelOptions(output_format="jsonl"),
        )


def test_progress_tells_rows_share_and_stages(classifier, write, tmp_path):
    told = []
    label_files(
        classifier,
        [write("i.txt", "j\n" * 10)],
        tmp_path / "o.csv",
        LabelOptions(chunk_rows=4),
        told.append,
    )
    assert [each.stage for each in told] == ["checking", *["labelling"] * 3, "finishing"]
    assert [each.rows for each in told[1:]] == [4, 8, 10, 10]
    assert told[-1].share == 1.0


class Stop(Exception):
    pass


@pytest.mark.parametrize("target", ["o.csv", "o.csv.gz", "o.jsonl", "o.parquet"])
@pytest.mark.parametrize("source", ["i.csv", "i.csv.gz", "i.jsonl", "i.txt"])
def test_interrupted_anywhere_it_goes_on_to_the_same_bytes(
    classifier, write, tmp_path, monkeypatch, source, target
):
    if target == "o.parquet":
        pytest.importorskip("pyarrow")
    monkeypatch.setattr(output_file, "COMMIT_SECONDS", 0.0)
    texts = [f"{'jlan'[i % 4] * (i % 3)} number {i}" for i in range(11)]
    lines = {"csv": "text\n" + "\n".join(texts), "txt": "\n".join(texts)}
    lines["jsonl"] = "\n".join(json.dumps({"text": text}) for text in texts)
    path = write(source, lines[source.removesuffix(".gz").split(".")[1]])
    options = LabelOptions(chunk_rows=2)
    whole = tmp_path / f"whole.{target}"
    label_files(classifier, [path], whole, options)
    out = tmp_path / target

    def stop_at(rows):
        def progress(told):
            if told.stage == "labelling" and told.rows >= rows:
                raise Stop

        return progress

    for rows in (4, 6, 8):
        with pytest.raises(Stop):
            label_files(classifier, [path], out, options, stop_at(rows))
        assert not out.exists()
    scored = sum(classifier.scorer.sizes)
    summary = label_files(classifier, [path], out, options)
    assert summary.resumed >= 4
    assert sum(classifier.scorer.sizes) - scored <= 11 - summary.resumed + 2  # and two probes
    assert out.read_bytes() == whole.read_bytes()
    assert summary.rows == 11
    leftovers = {p.name for p in tmp_path.iterdir()} - {source, target, whole.name}
    assert leftovers == set()


def test_what_changed_since_an_interrupted_run_is_told(classifier, write, tmp_path):
    path = write("i.txt", "".join(f"j {i}\n" for i in range(100)))
    out = tmp_path / "o.csv"

    def stop(told):
        if told.rows >= 50:
            raise Stop

    options = LabelOptions(chunk_rows=10)
    with pytest.raises(Stop):
        label_files(classifier, [path], out, options, stop)
    with pytest.raises(DataError, match=r"prefix was '' then and is 'x_' now.*--restart"):
        label_files(classifier, [path], out, LabelOptions(chunk_rows=10, prefix="x_"))
    path.write_text("j\n" * 100)
    with pytest.raises(DataError, match=r"content of .*i\.txt was different then"):
        label_files(classifier, [path], out, options)
    summary = label_files(classifier, [path], out, LabelOptions(chunk_rows=10, restart=True))
    assert (summary.rows, summary.resumed) == (100, 0)


def test_an_output_is_not_overwritten_by_accident(classifier, write, tmp_path):
    path, out = write("i.txt", "j\n"), tmp_path / "o.csv"
    label_files(classifier, [path], out)
    with pytest.raises(DataError, match="exists already"):
        label_files(classifier, [path], out)
    label_files(classifier, [path], out, LabelOptions(overwrite=True))
    with pytest.raises(DataError, match="is an input as well"):
        label_files(classifier, [out], out, LabelOptions(overwrite=True))


def grow(path):
    with path.open("a") as file:
        file.write("late\n" * 3000)


def shrink(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def overwrite_in_place(path):
    path.write_bytes(path.read_bytes().replace(b"j", b"l"))


def replace(path):
    other = path.with_name("other")
    other.write_bytes(path.read_bytes().replace(b"j", b"l"))
    other.replace(path)


@pytest.mark.parametrize("change", [grow, shrink, overwrite_in_place, replace, "remove"])
@pytest.mark.parametrize("name", ["i.csv", "i.csv.gz", "i.jsonl", "i.txt", "i.parquet"])
def test_an_input_that_changes_while_it_is_read(classifier, write, tmp_path, change, name):
    texts = [f"j {i} " + "x" * 2000 for i in range(3000)]
    if name == "i.parquet":
        pq = pytest.importorskip("pyarrow.parquet")
        import pyarrow as pa

        path = tmp_path / name
        pq.write_table(pa.table({"text": texts}), path, row_group_size=10, compression="none")
    else:
        content = {"csv": ["text", *texts], "txt": texts}
        content["jsonl"] = [json.dumps({"text": text}) for text in texts]
        path = write(name, "\n".join(content[name.split(".")[1]]))
    calls = []

    def progress(told):
        if told.stage == "labelling" and not calls:
            calls.append(told)
            path.unlink() if change == "remove" else change(path)

    out = tmp_path / "o.jsonl"
    options = LabelOptions(chunk_rows=10)
    what = "was removed" if change == "remove" else "changed"
    with pytest.raises(UnreadableFile, match=rf"{name} {what} while it was read.*--restart"):
        label_files(classifier, [path], out, options, progress)
    assert calls
    assert not out.exists()


def test_the_second_input_is_removed_before_its_turn(classifier, write, tmp_path):
    first, second = write("a.txt", "j\n" * 500), write("b.txt", "j\n" * 500)

    def progress(told):
        second.unlink(missing_ok=True)

    options = LabelOptions(chunk_rows=10)
    with pytest.raises(UnreadableFile, match=r"b\.txt was removed while"):
        label_files(classifier, [first, second], tmp_path / "o.csv", options, progress)
    assert not (tmp_path / "o.csv").exists()


def test_an_input_may_go_once_it_has_been_read(classifier, write, tmp_path):
    first, second = write("a.txt", "j\n" * 10), write("b.txt", "j\n" * 500)

    def progress(told):
        if told.rows >= 200:
            first.unlink(missing_ok=True)

    out = tmp_path / "o.jsonl"
    options = LabelOptions(chunk_rows=10)
    assert label_files(classifier, [first, second], out, options, progress).rows == 510


def rewrite_last_commit(folder, change):
    """Alter the last commit of a journal, with the right checksum."""
    journal = folder / "journal"
    *before, last = journal.read_bytes().splitlines(keepends=True)
    data = json.loads(last.partition(b" ")[2])
    change(data["commit"], folder / "part")
    text = json.dumps(data).encode()
    journal.write_bytes(b"".join(before) + b"%08x %s\n" % (zlib.crc32(text), text))


def move_on(commit, part):
    """The next chunk counts as written: its rows would be missing."""
    commit["after"]["row"] += 2
    commit["counts"]["rows"] += 2


def move_cursor(commit, part):
    commit["after"]["row"] += 1


def other_file(commit, part):
    commit["after"]["file"] = 1


def far_too_many(commit, part):
    commit["counts"]["rows"] = commit["after"]["row"] = 10**9


def one_row_less(commit, part):
    commit["counts"]["rows"] -= 1
    commit["counts"]["labels"] = {}


def cut_the_part(commit, part):
    data = part.read_bytes()[:-9]
    part.write_bytes(data)
    commit["size"], commit["crc32"] = len(data), zlib.crc32(data)


def double_the_part(commit, part):
    data = part.read_bytes() * 2
    part.write_bytes(data)
    commit["size"], commit["crc32"] = len(data), zlib.crc32(data)


@pytest.mark.parametrize(
    "change",
    [
        move_on,
        move_cursor,
        other_file,
        far_too_many,
        one_row_less,
        cut_the_part,
        double_the_part,
    ],
)
@pytest.mark.parametrize("target", ["o.csv", "o.csv.gz", "o.jsonl", "o.parquet"])
def test_a_journal_altered_with_right_checksums_gives_no_output(
    classifier, write, tmp_path, monkeypatch, change, target
):
    if target == "o.parquet":
        pytest.importorskip("pyarrow")
    monkeypatch.setattr(output_file, "COMMIT_SECONDS", 0.0)
    path = write("i.csv", "text\n" + "".join(f'"j, {i:03}"\n' for i in range(40)))
    out, options = tmp_path / target, LabelOptions(chunk_rows=2)

    def stop(told):
        if told.stage == "labelling" and told.rows >= 10:
            raise Stop

    with pytest.raises(Stop):
        label_files(classifier, [path], out, options, stop)
    folder = tmp_path / f".{target}.emoscope"
    rewrite_last_commit(folder, change)
    with pytest.raises(DataError, match=r"(altered|not as it was left).*--restart"):
        label_files(classifier, [path], out, options)
    assert not out.exists()
    assert label_files(classifier, [path], out, LabelOptions(chunk_rows=2, restart=True)).rows == 40
    assert not folder.exists()


@pytest.mark.parametrize("name", ["journal", "part"])
def test_files_of_an_unfinished_job_are_not_its_input(classifier, write, tmp_path, name):
    path, out = write("i.txt", "j\n" * 50), tmp_path / "o.csv"

    def stop(told):
        if told.rows >= 30:
            raise Stop

    options = LabelOptions(chunk_rows=10, input_format="text")
    with pytest.raises(Stop):
        label_files(classifier, [path], out, options, stop)
    source = tmp_path / ".o.csv.emoscope" / name
    with pytest.raises(DataError, match="belongs to the unfinished job"):
        label_files(classifier, [source], out, LabelOptions(restart=True, input_format="text"))
    assert label_files(classifier, [path], out, options).resumed


@pytest.mark.parametrize("name", ["o.csv.part", "o.csv.journal", "o.csv.joined", ".o.csv"])
def test_an_input_with_a_name_like_the_outputs_survives(classifier, write, tmp_path, name):
    path = write(name, "text\nj\n")
    options = LabelOptions(input_format="csv")
    label_files(classifier, [path], tmp_path / "o.csv", options)
    assert path.read_text() == "text\nj\n"
    assert read(tmp_path / "o.csv")[0]["labels"] == "joy"


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_rows_of_an_interrupted_job_survive_another_job(
    classifier, write, tmp_path, monkeypatch, kind
):
    path, out = write("i.txt", "j\n" * 50), tmp_path / "o.csv"
    options = LabelOptions(chunk_rows=10)

    def stop(told):
        if told.rows >= 30:
            raise Stop

    with pytest.raises(Stop):
        label_files(classifier, [path], out, options, stop)
    part = tmp_path / ".o.csv.emoscope" / "part"
    before = part.read_bytes()
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"other\n")))
    monkeypatch.setattr(sys, "stdin", stream)
    other = "-" if kind == "pipe" else write("other.txt", "other\n")
    with pytest.raises(DataError, match=r"has written \d+ rows.*--restart"):
        label_files(classifier, [other], out, options)
    assert part.read_bytes() == before
    assert label_files(classifier, [path], out, options).resumed >= 30


def test_a_symbolic_link_to_the_output_stays_one(classifier, write, tmp_path):
    (tmp_path / "there").mkdir()
    link, real = tmp_path / "o.csv", tmp_path / "there" / "real.csv"
    link.symlink_to(real)
    label_files(classifier, [write("i.txt", "j\n")], link)
    assert link.is_symlink()
    assert read(real)[0]["labels"] == "joy"
    assert not list(tmp_path.rglob("*.emoscope"))


def test_formulas_are_escaped_when_asked(classifier, write, tmp_path):
    cells = ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "=a,b", "a=1", "'=1", ""]
    path = tmp_path / "i.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "=head"), *(("j", cell) for cell in cells)])
    plain, safe = tmp_path / "plain.csv", tmp_path / "safe.csv"
    label_files(classifier, [path], plain)
    assert [row["=head"] for row in read(plain)] == cells
    label_files(classifier, [path], safe, LabelOptions(escape_formulas=True))
    assert [row["'=head"] for row in read(safe)] == [
        "'=1+1", "'+1", "'-1", "'@a", "'\t=1", "'\r=1", "'=a,b", "a=1", "'=1", "",
    ]  # fmt: skip
    with pytest.raises(DataError, match="--escape-formulas"):
        label_files(classifier, [path], tmp_path / "o.jsonl", LabelOptions(escape_formulas=True))
