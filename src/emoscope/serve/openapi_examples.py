"""Examples for the OpenAPI description. Every request works as it stands; a test sends them."""

from __future__ import annotations

from typing import Any

from emoscope.taxonomy import Taxonomy


def predict_requests() -> dict[str, Any]:
    """Bodies for /predict."""
    return {
        "one text": {"value": {"inputs": "thank you so much, you saved my day"}},
        "a batch": {"value": {"inputs": [["thank you!"], ["the train is late again"]]}},
        "raw scores": {"value": {"inputs": "what a day", "raw_scores": True}},
    }


def emotions_requests(taxonomy: Taxonomy) -> dict[str, Any]:
    """Bodies for /v1/emotions."""
    found = {
        "one text": {"value": {"texts": "thank you so much, you saved my day"}},
        "several texts": {"value": {"texts": ["thank you!", "the train is late again"]}},
        "another threshold": {"value": {"texts": "what a day", "threshold": 0.3}},
        "the strongest label only": {"value": {"texts": "what a day", "top_k": 1}},
    }
    for name in list(taxonomy.rollups)[:1]:
        found[f"rolled up to {name}"] = {"value": {"texts": "what a day", "rollup": name}}
    return found


def explain_requests(taxonomy: Taxonomy) -> dict[str, Any]:
    """Bodies for /v1/explain."""
    return {
        "the most probable label": {"value": {"text": "thank you so much, you saved my day"}},
        "a label": {"value": {"text": "what a day", "label": taxonomy.labels[0]}},
    }
