"""Load on a service from a process of its own, over loopback, with every answer checked.

Run by service.py as ``python service_load.py`` with a job as JSON on standard input; the result is
a line of JSON. Two kinds of load:

* closed: ``concurrency`` clients, each sending its next request when its last is answered;
* open: requests leave at ``rate`` a second whatever happens, over at most ``connections``
  connections; latency counts from the moment a request should have left, so that a slow service
  cannot hide its queue (what Gil Tene named coordinated omission). With ``quick_seconds``, a single
  client then asks again and again, from the moment the last request has left, until it is served
  well.

The client is a few lines on sockets, since a client library would need more time than the service.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

import numpy as np

NEAR = 0.05
"""Most by which a probability may differ from the text's alone, since int8 scales follow the batch;
with fixed scales the two are equal."""


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body; 0 where the connection broke.

        A server may close a connection that was idle; as HTTP clients do, ask once more on a new
        one.
        """
        reused = self.writer is not None
        status, body = await self._ask(request)
        return await self._ask(request) if reused and status == 0 else (status, body)

    async def _ask(self, request: bytes) -> tuple[int, bytes]:
        try:
            if self.reader is None or self.writer is None:
                opened = await asyncio.open_connection("127.0.0.1", self.port)
                self.reader, self.writer = opened
            self.writer.write(request)
            head = await self.reader.readuntil(b"\r\n\r\n")
            lower = head.lower()
            length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
            body = await self.reader.readexactly(length)
            if b"connection: close" in lower:
                self.close()
            return int(head[9:12]), body
        except (OSError, asyncio.IncompleteReadError, IndexError):
            self.close()
            return 0, b""

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def request_for(text: str) -> bytes:
    body = json.dumps({"inputs": text}).encode()
    head = (
        "POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Checker:
    """Knows what each text's answer is when it is asked for alone."""

    def __init__(self, expected: list[dict[str, float]]) -> None:
        self.labels = sorted(expected[0])
        self.matrix = np.array([[row[label] for label in self.labels] for row in expected])

    def verdict(self, index: int, body: bytes) -> str:
        """``right``; ``drifted`` with its batch; ``crossed``: it is another text's answer."""
        found = {element["label"]: element["score"] for element in json.loads(body)}
        row = np.array([found[label] for label in self.labels])
        distances = np.abs(self.matrix - row).max(axis=1)
        if distances[index] <= NEAR:
            return "right"
        return "crossed" if distances.min() < 0.5 * distances[index] else "drifted"


class Tally:
    """What came back."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.refusals: list[float] = []

    def note(self, status: int, latency: float, verdict: str | None) -> None:
        self.statuses[str(status)] += 1
        (self.latencies if status == 200 else self.refusals).append(latency)
        if verdict is not None:
            self.verdicts[verdict] += 1

    def to_json(self, seconds: float) -> dict[str, Any]:
        def milliseconds(values: list[float]) -> dict[str, float]:
            if not values:
                return {}
            marks = np.percentile(values, [50, 95, 99, 100]) * 1000
            return dict(zip(("p50", "p95", "p99", "max"), marks.round(2).tolist(), strict=True))

        return {
            "seconds": round(seconds, 2),
            "statuses": dict(self.statuses),
            "verdicts": dict(self.verdicts),
            "answers_a_second": round(self.statuses["200"] / seconds, 1),
            "latency_ms": milliseconds(self.latencies),
            "refusal_ms": milliseconds(self.refusals),
        }


async def closed(job: dict[str, Any], checker: Checker | None) -> dict[str, Any]:
    requests = [request_for(text) for text in job["texts"]]
    tally = Tally()
    start = time.perf_counter()
    end = start + job["seconds"]

    async def client(number: int) -> None:
        connection = Connection(job["port"])
        index = number
        while (sent := time.perf_counter()) < end:
            which = index % len(requests)
            status, body = await connection.ask(requests[which])
            latency = time.perf_counter() - sent
            verdict = checker.verdict(which, body) if checker and status == 200 else None
            tally.note(status, latency, verdict)
            index += job["concurrency"]
        connection.close()

    await asyncio.gather(*(client(i) for i in range(job["concurrency"])))
    return tally.to_json(time.perf_counter() - start)


async def opened(job: dict[str, Any], checker: Checker | None) -> dict[str, Any]:
    requests = [request_for(text) for text in job["texts"]]
    tally = Tally()
    idle = [Connection(job["port"]) for _ in range(job["connections"])]
    tasks: set[asyncio.Task[None]] = set()
    not_sent = 0

    async def one(connection: Connection, which: int, due: float) -> None:
        status, body = await connection.ask(requests[which])
        latency = time.perf_counter() - due
        verdict = checker.verdict(which, body) if checker and status == 200 else None
        tally.note(status, latency, verdict)
        idle.append(connection)

    start = time.perf_counter()
    total = int(job["rate"] * job["seconds"])
    for number in range(total):
        due = start + number / job["rate"]
        wait = due - time.perf_counter()
        if wait > 0.0005:
            await asyncio.sleep(wait)
        elif number % 16 == 0:
            await asyncio.sleep(0)
        if not idle:
            not_sent += 1
            continue
        task = asyncio.create_task(one(idle.pop(), number % len(requests), due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    sending = time.perf_counter() - start
    recovered = await recovery(job) if "quick_seconds" in job else {}
    if tasks:
        await asyncio.wait(tasks)
    sent = total - not_sent
    answered = sum(tally.statuses.values()) - tally.statuses["0"]
    return (
        tally.to_json(time.perf_counter() - start)
        | {"sent": sent, "not_sent": not_sent, "lost": sent - answered}
        | {"offered_a_second": round(sent / sending, 1)}
        | recovered
    )


async def alone(job: dict[str, Any]) -> list[dict[str, float]]:
    """Each text's answer when nothing else is going on."""
    connection = Connection(job["port"])
    answers = []
    for text in job["texts"]:
        status, body = await connection.ask(request_for(text))
        if status != 200:
            raise SystemExit(f"status {status}: {body[:300]!r}")
        answers.append({element["label"]: element["score"] for element in json.loads(body)})
    connection.close()
    return answers


async def recovery(job: dict[str, Any]) -> dict[str, Any]:
    """One request after another until they are quick again for half a second.

    The time counts from now, when the storm's last request has left and its others still wait.
    """
    connection = Connection(job["port"])
    request = request_for(job["texts"][0])
    start = time.perf_counter()
    well_since: float | None = None
    while time.perf_counter() - start < 30:
        sent = time.perf_counter()
        status, _ = await connection.ask(request)
        now = time.perf_counter()
        if status == 200 and now - sent <= job["quick_seconds"]:
            well_since = well_since or sent
            if now - well_since >= 0.5:
                connection.close()
                return {"recovered_after_s": round(well_since - start, 3)}
        else:
            well_since = None
            await asyncio.sleep(0.01)
    connection.close()
    return {"recovered_after_s": None}


def main() -> None:
    job = json.load(sys.stdin)
    if job["kind"] == "alone":
        result: Any = asyncio.run(alone(job))
    else:
        checker = Checker(job["expected"]) if job.get("expected") else None
        run = closed if job["kind"] == "closed" else opened
        result = asyncio.run(run(job, checker))
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
