"""Labelling files: memory that stays flat, and how much of the runtime's speed is left.

    python benchmarks/label_files.py [MODEL_FOLDER] --data DIR [--rows 5000000] [--out PAGE]

MODEL_FOLDER is by default that of the package. DIR (or EMOSCOPE_DATA) holds
``goemotions/test.tsv``, whose texts fill the files, again and again. A number behind each text, the
round it is in, keeps them apart: the runtime scores equal texts of a chunk once, and a file of
repetitions would flatter it.

Memory is that of ``emoscope predict FILE -o OUT``, one process for the many rows and one for few.
Speed is measured in a single process, side by side and in turn: the same texts through
``classifier.scorer.logits`` and ``classifier.predict``, from a list in memory, and through
``label_files``, from CSV to CSV and from Parquet to Parquet, all columns, all of the call. The
share is that of ``scorer.logits``, the fastest there is, as the median of each round's own share.

Five million rows need 5 GB of disk below ``--folder``, and an hour. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from machine import machine

FEW = 10_000
SIDES = {
    "logits": "`classifier.scorer.logits`, in memory",
    "predict": "`classifier.predict`, in memory",
    "csv": "`label_files`, CSV to CSV",
    "parquet": "`label_files`, Parquet to Parquet",
}


def main() -> None:
    """Measure and write the page; or, as a child process, measure the speed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("model", nargs="?", default="", help="by default that of the package")
    parser.add_argument("--data", type=Path, default=os.environ.get("EMOSCOPE_DATA"))
    parser.add_argument("--rows", type=int, default=5_000_000, help="of the memory test")
    parser.add_argument("--speed-rows", type=int, default=20_000, help="of the speed test")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of the speed test")
    parser.add_argument("--folder", type=Path, help="where the files are made, for a while")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--speed-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.data is None:
        parser.error("give --data, or set EMOSCOPE_DATA")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.speed_only:
            print(json.dumps(speeds(options, Path(folder))))
            return
        found = {
            "machine": machine("emoscope", "onnxruntime", "pyarrow"),
            "load": [os.getloadavg()[0]],
        }
        found["speed"] = child_speeds(options)
        for rows in (min(FEW, options.rows), options.rows):
            found["load"].append(os.getloadavg()[0])
            found.setdefault("memory", []).append(memory(options, Path(folder), rows))
    options.out.write_text(page(found, options), encoding="utf-8")
    print(page(found, options))


def rows_of(data: Path, n: int) -> Iterator[tuple[int, str]]:
    """(row number, text) of ``n`` rows: the test texts in rounds, each with its round's number."""
    with (data / "goemotions" / "test.tsv").open(encoding="utf-8", newline="") as file:
        texts = [row[0] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    for number, text in zip(range(n), cycle(texts), strict=False):
        yield number, f"{text} {number // len(texts)}"


def write_csv(path: Path, data: Path, n: int) -> None:
    """A table of two columns, row by row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("row", "text"))
        table.writerows(rows_of(data, n))


def memory(options: argparse.Namespace, folder: Path, rows: int) -> dict[str, Any]:
    """Peak memory and speed of the command on a CSV file of so many rows.

    Linux counts what a process had before it became another program too, that is, the memory of
    this one, which forked it. So this one stays small: it imports nothing of emoscope.
    """
    source, output = folder / f"{rows}.csv", folder / f"{rows}-labelled.csv"
    write_csv(source, options.data, rows)
    command = [sys.executable, "-m", "emoscope", "predict", str(source), "-o", str(output)]
    command += ["--text", "text", "--model", options.model]
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    if process.returncode:
        raise SystemExit(f"labelling {rows:,} rows failed")
    written = lines_in(output) - 1  # no text of this corpus holds a line end
    if written != rows:
        raise SystemExit(f"{written:,} rows came out of {rows:,}")
    sizes = source.stat().st_size, output.stat().st_size
    source.unlink()
    output.unlink()
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "rows": rows,
        "peak_mib": usage.ru_maxrss * unit / (1 << 20),
        "seconds": seconds,
        "megabytes": [size / 1e6 for size in sizes],
    }


def lines_in(path: Path) -> int:
    """Lines of a file, in little memory."""
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


def child_speeds(options: argparse.Namespace) -> dict[str, list[float]]:
    """Run :func:`speeds` in a process of its own."""
    words = [sys.executable, __file__, options.model, "--data", str(options.data), "--speed-only"]
    words += ["--speed-rows", str(options.speed_rows), "--repeats", str(options.repeats)]
    words += ["--folder", str(options.folder)] if options.folder else []
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    return json.loads(done.stdout.splitlines()[-1])


def speeds(options: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Texts a second of every side in every round; a round begins with another side each time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    import emoscope
    from emoscope.batch.label_files import label_files
    from emoscope.batch.options import LabelOptions

    classifier = emoscope.load(options.model)
    numbers, texts = map(list, zip(*rows_of(options.data, options.speed_rows), strict=True))
    write_csv(folder / "in.csv", options.data, options.speed_rows)
    pq.write_table(pa.table({"row": numbers, "text": texts}), folder / "in.parquet")
    choice = LabelOptions(text="text", overwrite=True)

    def label(suffix: str) -> Callable[[], object]:
        places = folder / f"in.{suffix}", folder / f"out.{suffix}"
        return lambda: label_files(classifier, [places[0]], places[1], choice)

    sides: dict[str, Callable[[], object]] = {
        "logits": lambda: classifier.scorer.logits(texts),
        "predict": lambda: classifier.predict(texts),
        "csv": label("csv"),
        "parquet": label("parquet"),
    }
    classifier.scorer.logits(texts[:256])  # starts the workers
    found: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for turn in range(options.repeats):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            start = time.perf_counter()
            sides[name]()
            found[name].append(len(texts) / (time.perf_counter() - start))
    return found


def page(found: dict[str, Any], options: argparse.Namespace) -> str:
    """The results as Markdown."""
    few, many = found["memory"]
    model = f"{options.model} " if options.model else ""
    shares = {
        name: statistics.median(
            mine / best for mine, best in zip(rates, found["speed"]["logits"], strict=True)
        )
        for name, rates in found["speed"].items()
    }
    lines = [
        "# Labelling files",
        "",
        ", ".join(f"{name} {value}" for name, value in found["machine"].items()),
        "",
        f"    python benchmarks/label_files.py {model}--data DIR --rows {options.rows}",
        "",
        "Texts of GoEmotions' test split, in rounds, with the round's number behind each.",
        "",
        "## Memory",
        "",
        "`emoscope predict FILE -o OUT`, CSV to CSV, in a process of its own, from its start to "
        "its end. The peak must be under 1 GB, and flat.",
        "",
        "| rows | read, MB | written, MB | seconds | rows a second | peak memory, MiB |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {each['rows']:,} | {each['megabytes'][0]:,.0f} | {each['megabytes'][1]:,.0f} | "
            f"{each['seconds']:,.0f} | {each['rows'] / each['seconds']:,.0f} | "
            f"{each['peak_mib']:,.0f} |"
            for each in found["memory"]
        ),
        "",
        f"{many['rows']:,} rows take {many['peak_mib'] / few['peak_mib']:.2f} times the memory of "
        f"{few['rows']:,}.",
        "",
        "## Speed",
        "",
        f"{options.speed_rows:,} of these texts, each way {options.repeats} times in turn, in one "
        "process; medians. The share is of `scorer.logits` in the same round, and must be at least "
        "0.90 for files.",
        "",
        "| way | texts a second | share |",
        "| --- | --- | --- |",
        *(
            f"| {SIDES[name]} | {statistics.median(rates):,.0f} | {shares[name]:.2f} |"
            for name, rates in found["speed"].items()
        ),
        "",
        "Load of the machine before each measurement: "
        + ", ".join(f"{load:.1f}" for load in found["load"])
        + ".",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
