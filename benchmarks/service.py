"""The service under load: throughput, latency, memory, overload; against a plain app.

    python benchmarks/service.py [MODEL_FOLDER] --plain WEIGHTS_FOLDER --soak-minutes 10

``MODEL_FOLDER`` (by default that of the package) is served by ``emoscope serve`` in a process of
its own; the load comes from a second process over loopback, every answer is checked against the
answer its text gets alone.
``--plain`` also measures FastAPI around a transformers pipeline on the weights in that folder,
written in two ways, and compares with the better one. Texts are those of the shipped sample, all
different while they are under way, so that no answer saves work for another.

On Linux, ``--server-cores`` and ``--load-cores`` keep the two sides off each other's cores; it
takes four cores or more. On two, leave them out: the load then takes its share of both, which
costs the service more than the plain app, as it has more answers to receive.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine

from emoscope.data.everyday import read_everyday

HERE = Path(__file__).parent
CONCURRENCY = (1, 8, 64)
STYLES = ("def", "async def")
TEXTS = 256
STORM_CONNECTIONS = 2048
LOADS = {"half_load": "half of it", "overload": "four times it", "soak": "half of it, long"}


def main() -> None:
    options = parsed()
    allow_connections(2 * STORM_CONNECTIONS)
    texts = list(dict.fromkeys(read_everyday().texts))[:TEXTS]
    found: dict[str, Any] = {"machine": about(options), "plain": {}}
    for style in STYLES if options.plain else ():
        command = [sys.executable, str(HERE / "service_plain_app.py"), options.plain, style]
        with serving(command, options) as (port, process):
            found["plain"][style] = throughput(port, texts, options)
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
    options.out.write_text(page(found, options), encoding="utf-8")
    print(page(found, options))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("model", nargs="?", default="", help="by default that of the package")
    parser.add_argument("--plain", help="folder with the same weights for the plain app")
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement")
    parser.add_argument("--soak-minutes", type=float, default=0)
    parser.add_argument("--server-cores", default="", help="as 0-2; Linux only")
    parser.add_argument("--load-cores", default="", help="as 3; Linux only")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    return parser.parse_args()


def allow_connections(wanted: int) -> None:
    """Let this process and those it starts open so many files; POSIX only."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SystemExit(f"the storm needs {wanted} open files, and the most here is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


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
    one = {"kind": "closed", "port": job["port"], "texts": job["texts"], "concurrency": 1}
    quiet = load(one | {"seconds": 2}, options)
    quick = max(0.05, 5 * quiet["latency_ms"]["p50"] / 1000)
    storm = {"rate": 4 * capacity, "connections": STORM_CONNECTIONS, "seconds": options.seconds}
    return load(job | storm | {"quick_seconds": quick}, options) | {"quick_s": quick}


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
    try:
        found = load(job | {"rate": capacity / 2, "connections": 256, "seconds": seconds}, options)
    finally:
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


def about(options: argparse.Namespace) -> dict[str, Any]:
    """The machine, and how the two sides share it."""
    names = ("emoscope", "onnxruntime", "uvicorn", "fastapi")
    names += ("torch", "transformers") if options.plain else ()
    return {
        **machine(*names),
        "server on": f"cores {options.server_cores or 'as it likes'}",
        "load on": f"cores {options.load_cores or 'as it likes'}",
        "load average before": round(os.getloadavg()[0], 2),
    }


def page(found: dict[str, Any], options: argparse.Namespace) -> str:
    """The measurements in Markdown."""
    command = f"python benchmarks/service.py {options.model}".rstrip()
    command += f" --plain {options.plain}" if options.plain else ""
    command += f" --soak-minutes {options.soak_minutes:g}" if options.soak_minutes else ""
    capacity = found["service"]["64"]["answers_a_second"]
    lines = [
        "# The service under load",
        "",
        ", ".join(f"{name} {value}" for name, value in found["machine"].items()),
        "",
        f"    {command}",
        "",
        "Answers a second; a client asks for one text, and for the next when it is answered. The "
        "plain app is FastAPI around a transformers pipeline on the same weights, its endpoint "
        "written in two ways; times counts from the better one, and must be 6 at 64 clients.",
        "",
        *throughput_table(found),
        "",
        f"Resident memory: service {found['service_rss_mib']:.0f} MiB"
        + (f", plain app {found['plain_rss_mib']:.0f} MiB." if found["plain"] else "."),
        "",
        f"Below, requests leave at a given rate whatever happens. Capacity is {capacity:.0f} a "
        "second, what 64 clients got.",
        "",
        *loads_table(found),
        "",
    ]
    storm = found["overload"]
    after = storm["recovered_after_s"]
    lines += [
        f"A single client is served within {storm['quick_s']:.2f} s again "
        f"{'more than 30' if after is None else after} s after the storm's last request has left "
        "(must be 2 at most).",
    ]
    if "soak" in found:
        soaked = found["soak"]
        lines += [
            "",
            f"In {soaked['minutes']:g} minutes at half the capacity, the median resident memory "
            f"was {soaked['rss_first_fifth_mib']} MiB in the first fifth and "
            f"{soaked['rss_last_fifth_mib']} MiB in the last, with a slope of "
            f"{soaked['rss_slope_mib_a_minute']} MiB a minute after the first.",
        ]
    lines += ["", f"The process was {'alive' if found['still_running'] else 'dead'} in the end."]
    return "\n".join(lines) + "\n"


def throughput_table(found: dict[str, Any]) -> list[str]:
    styles = list(found["plain"])
    titles = [f"plain app, `{style}`" for style in styles]
    lines = [
        "| " + " | ".join(["clients", *titles, "service", "times", "service p50, p99 ms"]) + " |",
        "|" + " --- |" * (4 + len(styles)),
    ]
    for clients in map(str, CONCURRENCY):
        ours = found["service"][clients]
        plain = [found["plain"][style][clients]["answers_a_second"] for style in styles]
        times = f"{ours['answers_a_second'] / max(plain):.1f}" if plain else "-"
        cells = [clients, *map(str, plain), str(ours["answers_a_second"]), times]
        cells.append(f"{ours['latency_ms']['p50']}, {ours['latency_ms']['p99']}")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def loads_table(found: dict[str, Any]) -> list[str]:
    named = {title: found[name] for name, title in LOADS.items() if name in found}
    rows = {
        "sent a second": lambda load: load["offered_a_second"],
        "answered a second": lambda load: load["answers_a_second"],
        "requests by status": lambda load: counts(load["statuses"]),
        "lost: sent, and no answer": lambda load: load["lost"],
        "not sent: no connection free": lambda load: load["not_sent"],
        "answers against those of the text alone": lambda load: counts(load["verdicts"]),
        "answers, p50, p99 ms": lambda load: marks(load["latency_ms"]),
        "refusals, p50, p99 ms": lambda load: marks(load["refusal_ms"]),
    }
    lines = ["| of the capacity | " + " | ".join(named) + " |", "|" + " --- |" * (1 + len(named))]
    for title, read in rows.items():
        lines.append(
            f"| {title} | " + " | ".join(str(read(each)) for each in named.values()) + " |"
        )
    return lines


def counts(found: dict[str, int]) -> str:
    return ", ".join(f"{name}: {n:,}" for name, n in sorted(found.items())) or "none"


def marks(milliseconds: dict[str, float]) -> str:
    return f"{milliseconds['p50']}, {milliseconds['p99']}" if milliseconds else "-"


if __name__ == "__main__":
    main()
