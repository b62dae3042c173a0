"""The service under load: throughput, latency, memory, overload; against a plain app.

    python benchmarks/service.py MODEL_FOLDER --plain MODEL_FOLDER --soak-minutes 10

``MODEL_FOLDER`` is served by ``emoscope serve`` in a process of its own; the load comes from a
second process over loopback, every answer is checked against the answer its text gets alone.
``--plain`` also measures FastAPI around a transformers pipeline on the weights in that folder.
Texts are those of the shipped sample. On Linux, ``--server-cores`` and ``--load-cores`` keep the
two sides off each other's cores. Writes ``service.json`` and prints the tables of ``service.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from emoscope.data.sample import read_sample

HERE = Path(__file__).parent
CONCURRENCY = (1, 8, 64)
TEXTS = 256


def main() -> None:
    options = parsed()
    texts = list(read_sample().texts[:TEXTS])
    found: dict[str, Any] = {"machine": machine(options), "model": options.model}
    if options.plain:
        command = [sys.executable, str(HERE / "service_plain_app.py"), options.plain]
        with serving(command, options) as (port, process):
            found["plain"] = throughput(port, texts, options)
            found["plain_rss_mib"] = rss_mib(process.pid)
    with serving([sys.executable, "-m", "emoscope", "serve"], options) as (port, process):
        found["service"] = throughput(port, texts, options)
        found["service_rss_mib"] = rss_mib(process.pid)
        capacity = found["service"]["64"]["answers_a_second"]
        expected = load({"kind": "alone", "port": port, "texts": texts}, options)
        job = {"kind": "open", "port": port, "texts": texts, "expected": expected}
        half = job | {"rate": capacity / 2, "connections": 256, "seconds": options.seconds}
        found["half_load"] = load(half, options)
        found["overload"] = overload(job, capacity, options)
        if options.soak_minutes:
            found["soak"] = soak(job, capacity, process, options)
        found["still_running"] = process.poll() is None
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(tables(found))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("model", help="model folder to serve")
    parser.add_argument("--plain", help="folder with the same weights for the plain app")
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement")
    parser.add_argument("--soak-minutes", type=float, default=0)
    parser.add_argument("--server-cores", default="", help="as 0-2; Linux only")
    parser.add_argument("--load-cores", default="", help="as 3; Linux only")
    parser.add_argument("--out", type=Path, default=HERE / "service.json")
    return parser.parse_args()


@contextmanager
def serving(
    command: list[str], options: argparse.Namespace
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Start a server, wait until it is ready, stop it at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = dict(os.environ)
    if command[-1] == "serve":
        settings = {"MODEL": options.model, "PORT": str(port), "LOG_LEVEL": "warning"}
        environment |= {f"EMOSCOPE_{name}": value for name, value in settings.items()}
        words = command
    else:
        words = [*command, str(port)]
    process = subprocess.Popen(pinned(words, options.server_cores), env=environment)
    try:
        until_ready(port, process)
        yield port, process
    finally:
        process.terminate()
        process.wait(60)


def pinned(words: list[str], cores: str) -> list[str]:
    return ["taskset", "--cpu-list", cores, *words] if cores else words


def until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise SystemExit("the server ended before it was ready")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not become ready")


def load(job: dict[str, Any], options: argparse.Namespace) -> Any:
    """Run a job in the load process."""
    words = pinned([sys.executable, str(HERE / "service_load.py")], options.load_cores)
    done = subprocess.run(words, input=json.dumps(job), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def throughput(port: int, texts: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """Answers a second at each concurrency; a short run before each warms up."""
    found = {}
    for concurrency in CONCURRENCY:
        job = {"kind": "closed", "port": port, "texts": texts, "concurrency": concurrency}
        load(job | {"seconds": min(3.0, options.seconds)}, options)
        found[str(concurrency)] = load(job | {"seconds": options.seconds}, options)
        if set(found[str(concurrency)]["statuses"]) != {"200"}:
            raise SystemExit(f"not every request was answered: {found[str(concurrency)]}")
    return found


def overload(job: dict[str, Any], capacity: float, options: argparse.Namespace) -> dict[str, Any]:
    """Four times the capacity for a while, then how soon a single client is served well again."""
    quiet = load(
        {"kind": "closed", "port": job["port"], "texts": job["texts"], "concurrency": 1,
         "seconds": 2},
        options,
    )  # fmt: skip
    quick = max(0.05, 5 * quiet["latency_ms"]["p50"] / 1000)
    storm = job | {"rate": 4 * capacity, "connections": 2048, "seconds": options.seconds}
    found = load(storm, options)
    after = {"kind": "recovery", "port": job["port"], "texts": job["texts"]}
    return found | load(after | {"quick_seconds": quick}, options) | {"quick_s": quick}


def soak(
    job: dict[str, Any],
    capacity: float,
    process: subprocess.Popen[bytes],
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Half the capacity for minutes, with the process's memory once a second."""
    samples: list[tuple[float, float]] = []
    done = threading.Event()

    def watch() -> None:
        start = time.monotonic()
        while not done.wait(1.0):
            samples.append(((time.monotonic() - start) / 60, rss_mib(process.pid)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    seconds = 60 * options.soak_minutes
    long = job | {"rate": capacity / 2, "connections": 256, "seconds": seconds}
    found = load(long, options)
    done.set()
    watcher.join()
    minutes, mib = np.array(samples).T
    fifth = max(1, len(mib) // 5)
    slope = float(np.polyfit(minutes[fifth:], mib[fifth:], 1)[0]) if len(mib) > 2 * fifth else 0.0
    return found | {
        "minutes": options.soak_minutes,
        "rss_first_fifth_mib": round(float(np.median(mib[:fifth])), 1),
        "rss_last_fifth_mib": round(float(np.median(mib[-fifth:])), 1),
        "rss_slope_mib_a_minute": round(slope, 3),
    }


def rss_mib(pid: int) -> float:
    """Resident memory of a process; Linux only, elsewhere not a number."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def machine(options: argparse.Namespace) -> dict[str, Any]:
    cpu = platform.processor()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), cpu)
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "server_cores": options.server_cores or "any",
        "load_cores": options.load_cores or "any",
        "load_average_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "date": date.today().isoformat(),
    }


def tables(found: dict[str, Any]) -> str:
    """The measurements in Markdown."""
    lines = ["| clients | plain app | service | times |", "| --- | --- | --- | --- |"]
    for concurrency in map(str, CONCURRENCY):
        ours = found["service"][concurrency]["answers_a_second"]
        plain = found.get("plain", {}).get(concurrency, {}).get("answers_a_second")
        times = f"{ours / plain:.1f}" if plain else "-"
        lines.append(f"| {concurrency} | {plain or '-'} | {ours} | {times} |")
    for name in ("half_load", "overload", "soak"):
        if name in found:
            facts = ", ".join(f"{key}: {value}" for key, value in found[name].items())
            lines += ["", f"**{name.replace('_', ' ')}** {facts}"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
