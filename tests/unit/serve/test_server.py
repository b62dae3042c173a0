"""The service as a process of its own: address, signals, what it says."""

from __future__ import annotations

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
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import emoscope.serve
from emoscope.cli.overrides import CONTEXT
from emoscope.cli.serve import serve
from emoscope.errors import ServiceError
from emoscope.serve.server import take_address

# A model that takes half a second for a text, in a process that serves it as `emoscope serve` does.
PROGRAM = """
import sys, time
import numpy as np
import emoscope.serve.server as server
from emoscope.inference.classifier import EmotionClassifier
from emoscope.decisions import plain_policy
from emoscope.serve import read_settings
from emoscope.taxonomy import Taxonomy
import os

class Slow:
    labels, task = ("short", "long"), "multi_label"
    def logits(self, texts):
        time.sleep(0.5)
        return np.array([[-len(t), len(t)] for t in texts], dtype=np.float32)

server.load_with = lambda *_: EmotionClassifier(
    Slow(), plain_policy(Slow.labels, "multi_label"), Taxonomy("lengths", Slow.labels))
server.run(read_settings(os.environ), say=lambda line: print(line, flush=True))
"""

# `emoscope serve` itself, in a package that ships the tests' tiny model.
WITH_MODEL = """
import pathlib, sys
import emoscope.loading.catalogue
emoscope.loading.catalogue.ShippedModel.folder = pathlib.Path(sys.argv.pop(1))
from emoscope.cli import main
main()
"""
TINY_MODEL = Path(__file__).parents[2] / "fixtures" / "tiny_encoder"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Any]:
    environment = {**os.environ, "EMOSCOPE_PORT": "0", "EMOSCOPE_API_KEY": "a-secret-key"}
    with (tmp_path / "log").open("w+") as log:
        running = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=environment, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line.startswith("Serving on http://127.0.0.1:"), line
        running.port = int(line.split(":")[2].split()[0])  # type: ignore[attr-defined]
        running.log = tmp_path / "log"  # type: ignore[attr-defined]
        _wait_until_ready(running.port)  # type: ignore[attr-defined]
        yield running
        running.kill()
        running.wait()
        running.stdout.close()


def _wait_until_ready(port: int) -> None:
    for _ in range(400):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    pytest.fail("the service did not become ready")


def ask(port: int, text: str, answers: dict[str, Any]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/json", "X-API-Key": "a-secret-key"}
    connection.request("POST", "/predict", json.dumps({"inputs": text}), headers)
    response = connection.getresponse()
    answers[text] = (response.status, json.loads(response.read()))


@pytest.mark.slow
def test_a_signal_lets_what_was_taken_finish(process: Any) -> None:
    answers: dict[str, Any] = {}
    texts = ["a", "bb", "ccc"]  # the first is being scored, the others wait, when the signal comes
    clients = [threading.Thread(target=ask, args=(process.port, t, answers)) for t in texts]
    for client in clients:
        client.start()
    time.sleep(0.25)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    for client in clients:
        client.join(20)
    for text in texts:
        status, found = answers[text]
        assert status == 200
        assert found[0] == {
            "label": "long", "score": pytest.approx(1 / (1 + 2.718281828 ** -len(text)), abs=1e-5),
        }  # fmt: skip
    with pytest.raises(OSError):  # noqa: PT011  refused, by the system
        ask(process.port, "later", answers)


@pytest.mark.slow
def test_settings_are_logged_with_secrets_hidden(process: Any) -> None:
    log = process.log.read_text()
    first = json.loads(log.splitlines()[0])
    assert first["event"] == "settings"
    assert first["settings"]["api_key"] == "hidden"
    assert first["settings"]["batch_texts"] == 64
    assert "a-secret-key" not in log


@pytest.mark.slow
def test_without_a_model_named_the_one_of_the_package_is_served(tmp_path: Path) -> None:
    words = [sys.executable, "-c", WITH_MODEL, str(TINY_MODEL), "serve", "--port", "0"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EMOSCOPE_")}
    with (tmp_path / "log").open("w+") as log:
        running = subprocess.Popen(words, env=environment, stderr=log)
        try:
            for _ in range(600):
                said = (tmp_path / "log").read_text()
                if "Serving on" in said or running.poll() is not None:
                    break
                time.sleep(0.05)
            port = int(said.partition("Serving on http://127.0.0.1:")[2].split()[0])
            _wait_until_ready(port)
            answers: dict[str, Any] = {}
            ask(port, "thank you", answers)
            running.send_signal(signal.SIGTERM)
            assert running.wait(20) == 0
        finally:
            running.kill()
            running.wait()
    status, found = answers["thank you"]
    assert (status, found[0]["label"]) == (200, "gratitude")
    assert "thank you" not in (tmp_path / "log").read_text()


def test_an_address_in_use_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=f"port {port}: .*in use.*--port"):
            take_address("127.0.0.1", port)


def test_an_unknown_host_is_said() -> None:
    with pytest.raises(ServiceError, match=r"Cannot listen on no\.such\.host\.invalid"):
        take_address("no.such.host.invalid", 8000)


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command(context_settings=CONTEXT)(serve)
    return made


def test_every_setting_is_an_option(app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(emoscope.serve, "run", lambda settings, say: seen.append(settings))
    monkeypatch.setenv("EMOSCOPE_PORT", "9000")
    monkeypatch.setenv("EMOSCOPE_HOST", "::1")
    words = ["--model", "m", "--port", "9001", "--max-texts", "5", "--page=false"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    (settings,) = seen
    assert (settings.model, settings.host, settings.port) == ("m", "::1", 9001)
    assert (settings.max_texts, settings.page) == (5, False)


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--max-txts", "5"], "Did you mean 'max_texts'"), (["runs/x"], "'runs/x' is no setting")],
)
def test_what_is_no_setting_is_said(app: typer.Typer, words: list[str], message: str) -> None:
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, ServiceError)
    assert message in str(done.exception)


def test_settings_are_listed(app: typer.Typer) -> None:
    done = CliRunner().invoke(app, ["--settings"])
    assert done.exit_code == 0
    assert "EMOSCOPE_QUEUE_TEXTS" in done.stdout
