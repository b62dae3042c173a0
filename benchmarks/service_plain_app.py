"""What one writes first: FastAPI around a transformers pipeline, to compare the service with.

Run by service.py as ``python service_plain_app.py MODEL_FOLDER PORT``. It follows the tutorials:
the model is loaded once; the endpoint is a plain function, so FastAPI runs requests in threads; and
torch uses every core.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

app = FastAPI()
classify = pipeline("text-classification", model=sys.argv[1], top_k=None)


class PredictRequest(BaseModel):
    inputs: str


@app.post("/predict")
def predict(request: PredictRequest) -> list[dict[str, Any]]:
    found = classify(request.inputs)
    return found[0] if isinstance(found[0], list) else found  # versions differ in the nesting


@app.get("/ready")
def ready() -> dict[str, str]:
    return {"status": "ready"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
