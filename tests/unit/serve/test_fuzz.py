"""Requests made up from the service's own description, good ones and bad ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

schemathesis = pytest.importorskip("schemathesis")
pytest.importorskip("uvicorn")

from hypothesis import HealthCheck, Phase, settings  # noqa: E402

from emoscope.decisions import plain_policy  # noqa: E402
from emoscope.inference.classifier import EmotionClassifier  # noqa: E402
from emoscope.serve import ServeSettings, create_app  # noqa: E402
from emoscope.taxonomy import GOEMOTIONS, Task  # noqa: E402


class LengthScorer:
    """Any scores will do."""

    labels = GOEMOTIONS.labels
    task: Task = "multi_label"

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        lengths = np.array([[len(text) % 7 - 3.0] for text in texts], dtype=np.float32)
        return lengths + np.zeros((1, 28), dtype=np.float32)


APP = create_app(
    EmotionClassifier(LengthScorer(), plain_policy(GOEMOTIONS.labels, "multi_label"), GOEMOTIONS),
    ServeSettings(max_texts=8, max_characters=200),
)


@pytest.fixture(scope="module")
def address(serve_in_thread: Callable[[Any], str]) -> str:
    """The service on a real socket, so that the HTTP layer is in the test too."""
    return serve_in_thread(APP)


# 413, which the tool does not count as a refusal, is how this service answers too much of a thing
REFUSALS = {"negative_data_rejection": {"expected-statuses": ["400", "408", "413", "415", "422"]}}
schema = schemathesis.openapi.from_dict(
    APP.openapi(), config=schemathesis.Config.from_dict({"checks": REFUSALS})
)


@schema.parametrize()
@settings(
    max_examples=int(os.environ.get("EMOSCOPE_FUZZ_EXAMPLES", "40")),
    deadline=None,
    derandomize=True,  # the same requests in every run: what fails here fails everywhere
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_surprises_the_service(case: Any, address: str) -> None:
    case.call_and_validate(base_url=address)
