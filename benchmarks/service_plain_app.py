"""What one writes first: FastAPI around a transformers pipeline, to compare the service with.

Run by service.py as ``python service_plain_app.py MODEL_FOLDER STYLE PORT``. It follows the
tutorials: the model is loaded once, and torch uses every core. STYLE is how the endpoint is
written, since tutorials have both: ``def``, which FastAPI runs in threads, or ``async def``, which
does one request after another.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

import emoscope.models.mean_pooling  # noqa: F401  (registers its architecture)

app = FastAPI()
classify = pipeline("text-classification", model=sys.argv[1], top_k=None)


class PredictRequest(BaseModel):
    inputs: str


def predict(request: PredictRequest) -> list[dict[str, Any]]:
    found = classify(request.inputs)
    return found[0] if isinstance(found[0], list) else found  # versions differ in the nesting


async def predict_async(request: PredictRequest) -> list[dict[str, Any]]:
    return predict(request)


app.post("/predict")(predict if sys.argv[2] == "def" else predict_async)


@app.get("/ready")
def ready() -> dict[str, str]:
    return {"status": "ready"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[3]), log_level="warning")
