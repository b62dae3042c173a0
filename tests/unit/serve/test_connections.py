"""Connections of a real process: deadlines, refusals, limits, the end."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# A model that is done at once; its process may hold so many files.
PROGRAM = """
import os, sys
import numpy as np
from emoscope.decisions import plain_policy
from emoscope.inference.classifier import EmotionClassifier
from emoscope.serve import connections, create_app, read_settings
from emoscope.serve.logs import configure_logging
from emoscope.serve.server import serve_app, take_address
from emoscope.taxonomy import Taxonomy

if seconds := os.environ.get("UNREAD_BODY_SECONDS"):
    connections._UNREAD_BODY_SECONDS = float(seconds)
if sys.argv[1:]:
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[1])))

class Lengths:
    labels, task = ("short", "long"), "multi_label"
    def logits(self, texts):
        return np.array([[-len(t), len(t)] for t in texts], dtype=np.float32)

classifier = EmotionClassifier(
    Lengths(), plain_policy(Lengths.labels, "multi_label"), Taxonomy("lengths", Lengths.labels))
settings = read_settings(os.environ)
configure_logging(settings.log_level)
listener = take_address(settings.host, settings.port)
print(listener.getsockname()[1], flush=True)
serve_app(create_app(classifier, settings), settings, listener)
"""
HEAD = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class Service:
    """A running service."""

    def __init__(self, process: subprocess.Popen[str], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def send(self, *parts: str) -> socket.socket:
        connection = self.connect()
        for part in parts:
            connection.sendall(part.encode())
        return connection

    def health(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", "/health")
        status = connection.getresponse().status
        connection.close()
        return status


@contextlib.contextmanager
def running(
    folder: Path, *arguments: str, unread_body_seconds: str = "", **settings: str
) -> Iterator[Service]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EMOSCOPE_")}
    environment["UNREAD_BODY_SECONDS"] = unread_body_seconds
    environment |= {f"EMOSCOPE_{k.upper()}": v for k, v in settings.items()}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            env=environment | {"EMOSCOPE_PORT": "0"},
            stdout=subprocess.PIPE, stderr=log, text=True,
        ) as process,
    ):  # fmt: skip
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            service = Service(process, port, folder / "log")
            while not is_up(service):
                time.sleep(0.01)
            yield service
        finally:
            process.kill()


def is_up(service: Service) -> bool:
    assert service.process.poll() is None, service.log.read_text()
    try:
        return service.health() == 200
    except ConnectionRefusedError:
        return False


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service for all tests that leave it running; its deadlines are short."""
    short = {"header_seconds": "0.4", "body_seconds": "0.4", "idle_seconds": "0.2"}
    folder = tmp_path_factory.mktemp("service")
    with running(folder, unread_body_seconds="0.5", **short) as found:
        yield found


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side closes the connection."""
    found = b""
    # a byte that is sent after the close is answered by a reset; what was read before it counts
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            found += part
    return found


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("", None),  # nothing at all
        ("POST /predict HTTP/1.1\r\nHost: local", 408),
        (HEAD + "Content-Length: 50\r\n\r\n{", 408),
        (HEAD + "Content-Length: 5000000\r\n\r\n{", 413),
        (HEAD.replace("json", "xml") + "Content-Length: 50\r\n\r\n{", 415),
        (HEAD + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n", 400),
        ("GET /predict HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("no http\r\n\r\n", 400),
        ("DELETE /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{", 405),
    ],
)
def test_a_connection_that_is_not_used_well_is_closed(
    service: Service, sent: str, status: int | None
) -> None:
    with service.send(sent) as connection:
        stop = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while not stop.wait(0.05):
                    connection.sendall(b"x")

        dripping = threading.Thread(target=drip)
        if sent and status != 400:
            dripping.start()
        try:
            answer = read_all(connection)  # it ends only when the service closes the connection
        finally:
            stop.set()
            if dripping.is_alive():
                dripping.join()
    if status is None:
        assert answer == b""
        return
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), answer
    assert status == 405 or b"connection: close" in head.lower()
    assert json.loads(body)["error"]


def test_an_idle_connection_is_closed(service: Service) -> None:
    with service.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n") as connection:
        assert read_all(connection).endswith(b'{"status":"ok"}')


def test_a_connection_is_kept_when_the_rest_of_an_unread_body_comes(service: Service) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    for _ in range(3):  # head and body are sent apart, and the head is refused
        connection.request("PUT", "/predict", b"{}", {"Content-Type": "application/json"})
        sock = connection.sock
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 405
        assert connection.sock is sock
    connection.close()


def test_the_answer_to_a_body_that_is_too_long_can_be_read(service: Service) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    # a client that reads nothing before it has sent everything
    connection.request("POST", "/predict", b" " * 8_000_000, {"Content-Type": "application/json"})
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.slow
def test_a_body_in_tiny_pieces_is_refused_and_others_are_served(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        send_tiny_pieces(service)


def send_tiny_pieces(service: Service) -> None:
    body = b"1\r\nx\r\n" * 170_000

    def send() -> None:
        with contextlib.suppress(OSError), service.connect() as connection:
            connection.sendall(HEAD.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body)
            answers.append(connection.recv(100))

    answers: list[bytes] = []
    clients = [threading.Thread(target=send) for _ in range(4)]
    started = time.monotonic()
    for client in clients:
        client.start()
    longest = 0.0
    while any(client.is_alive() for client in clients):
        asked = time.monotonic()
        assert service.health() == 200
        longest = max(longest, time.monotonic() - asked)
    assert longest < 2  # parsing four bodies takes the event loop 9 seconds
    assert time.monotonic() - started < 6
    assert all(answer.startswith(b"HTTP/1.1 413") for answer in answers)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to set")
def test_idle_connections_beyond_the_files_of_the_process_do_not_stop_it(
    tmp_path: Path,
) -> None:
    with running(tmp_path, "300", header_seconds="600") as service, contextlib.ExitStack() as stack:
        for _ in range(310):
            stack.enter_context(service.connect())
        for _ in range(3):
            assert service.health() == 200
        for _ in range(310):
            stack.enter_context(service.send("GET /hea"))
        assert service.health() == 200
    lines = [json.loads(line) for line in service.log.read_text().splitlines()]
    assert len([line for line in lines if line["level"] != "info"]) == 1, lines[-5:]
    (warning,) = (line for line in lines if line["level"] == "warning")
    assert warning["event"].startswith("too many connections")
    assert warning["limit"] == 236


@pytest.mark.slow
def test_every_request_that_arrives_around_the_signal_is_answered(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as service:
        stop_under_load(service)


def stop_under_load(service: Service) -> None:
    """Ask on kept-alive connections until the answer on each of them says close."""
    body = json.dumps({"inputs": "four"})
    request = f"{HEAD}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    sent, answered, closing, lost = [0], [0], [0], []
    lock = threading.Lock()
    signalled = threading.Event()
    stop_sending = threading.Event()

    def ask(pause: float) -> None:
        try:
            connection = service.connect()
            while not stop_sending.is_set():
                connection.sendall(request)
                with lock:
                    sent[0] += 1
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                assert answer.read()
                with lock:
                    answered[0] += 1
                if answer.getheader("connection") == "close":
                    with lock:
                        closing[0] += 1
                    assert connection.recv(1) == b""
                    return
                stop_sending.wait(pause)
        except Exception as error:  # noqa: BLE001
            lost.append((repr(error), signalled.is_set()))

    clients = [threading.Thread(target=ask, args=(0.02 * (1 + i % 10),)) for i in range(40)]
    for client in clients:
        client.start()
    while answered[0] < 200:
        time.sleep(0.01)
    with service.connect() as unused:  # opened before the signal, used after it
        service.process.send_signal(signal.SIGTERM)
        signalled.set()
        time.sleep(0.3)
        unused.sendall(request)
        answer = read_all(unused)
    for client in clients:
        client.join(20)
    assert service.process.wait(20) == 0
    assert lost == []
    assert answered == sent
    assert closing == [40]
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer


@pytest.mark.slow
def test_a_stop_does_not_wait_long_for_idle_connections(tmp_path: Path) -> None:
    settings = {"idle_seconds": "600", "header_seconds": "600"}
    with (
        running(tmp_path, **settings) as service,
        service.connect(),
        service.send("GET /hea"),
        service.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n") as kept,
    ):
        assert kept.recv(1000)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(15) == 0
