"""The shapes of requests and answers: what requests are checked against, and what OpenAPI says.

Answers are built as plain data, since checking our own output costs more than making it; a test
holds the answers against these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from emoscope.errors import RequestRefused, nearest
from emoscope.serve.request_texts import TEXT_SCHEMA, Inputs, OneText, TextOrTexts
from emoscope.serve.settings import ServeSettings
from emoscope.taxonomy import Taxonomy


def _whole(value: object) -> object:
    # 3.0 is a whole number in JSON Schema; pydantic's strict mode knows it as a float
    return int(value) if isinstance(value, float) and value.is_integer() else value


class PredictRequest(BaseModel):
    """A request in the shape of text-embeddings-inference; keys it does not know are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    inputs: Inputs = Field(
        description="A text; a pair of texts, read as one text with a space between; or a batch "
        "in which each text or pair has a list of its own."
    )
    truncate: bool | None = Field(
        False, description="Cut a text that is over the length limit instead of refusing it."
    )
    truncation_direction: Literal["Left", "Right", "left", "right"] = Field(
        "Right", description="The end at which a text is cut."
    )
    raw_scores: bool = Field(
        False, description="Give the model's raw scores instead of calibrated probabilities."
    )


class EmotionsRequest(BaseModel):
    """Texts whose emotions are asked for."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    texts: TextOrTexts = Field(description="A text or a list of texts.")
    threshold: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="One threshold for all labels in place of the tuned ones."
    )
    top_k: Annotated[int, Field(ge=1), BeforeValidator(_whole)] | None = Field(
        None, description="Give exactly this many labels a text; thresholds are not looked at."
    )
    rollup: str | None = Field(
        None, description="Answer in the labels of this roll-up; see /v1/labels."
    )


class ExplainRequest(BaseModel):
    """A text whose words are weighed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    text: OneText = Field(description="The text.")
    label: str | None = Field(None, description="The label; by default the most probable one.")


class PredictionElement(BaseModel):
    """A label and its score."""

    score: float
    label: str


class HeldLabel(BaseModel):
    """A label that passed."""

    label: str
    probability: float = Field(ge=0, le=1)
    threshold: float = Field(ge=0, le=1)


class RollupEmotions(BaseModel):
    """The labels of a roll-up."""

    labels: list[str] = Field(description="Those that hold, most probable first.")
    probabilities: dict[str, float]


class Emotions(BaseModel):
    """What was found in a text."""

    labels: list[HeldLabel] = Field(description="Those that hold, most probable first.")
    top_label: str = Field(description="The most probable label, passed or not.")
    probabilities: dict[str, float] = Field(description="Of all labels, calibrated.")
    rollups: dict[str, RollupEmotions] = Field(description="Their labels, by roll-up.")
    notes: list[str] = Field(description="empty_text, low_coverage, other_language or long_text.")


class EmotionsResponse(BaseModel):
    """Emotions of every text, in the order of the request."""

    task: Literal["multi_label", "single_label"]
    taxonomy: str
    rollup: str | None = Field(description="The roll-up asked for, whose labels these are.")
    thresholds: dict[str, float] = Field(
        description="From which probability each label holds; all 0 where a label of a roll-up "
        "holds when one of its fine labels does."
    )
    results: list[Emotions]


class ExplainedWord(BaseModel):
    """A word, or in a long text several in a row."""

    text: str
    start: int = Field(description="First character, counted in Unicode code points.")
    end: int
    contribution: float = Field(description="Probability with the word minus without it.")


class ExplainResponse(BaseModel):
    """Which words moved a label."""

    text: str
    label: str
    probability: float
    method: str
    words_each: int = Field(description="Words left out at a time.")
    words: list[ExplainedWord]


class LabelThreshold(BaseModel):
    """A label and its threshold."""

    label: str
    threshold: float


class LabelsResponse(BaseModel):
    """What the model can say, and what the service takes."""

    task: Literal["multi_label", "single_label"]
    taxonomy: str
    labels: list[LabelThreshold]
    rollups: dict[str, dict[str, list[str]]] = Field(
        description="Roll-up, then its label, then the fine labels of that."
    )
    limits: dict[str, int]
    model: dict[str, Any]
    version: str


class StatusResponse(BaseModel):
    """Whether the service is well."""

    status: str


class ErrorResponse(BaseModel):
    """What went wrong, in the shape of text-embeddings-inference."""

    error: str = Field(description="What happened and what to do next.")
    error_type: Literal[
        "Unhealthy", "Backend", "Overloaded", "Validation", "Unauthorized", "NotFound"
    ]


_Request = TypeVar("_Request", bound=BaseModel)


def check(model: type[_Request], value: object) -> _Request:
    """``value`` as ``model``; raises :class:`RequestRefused` with 422 and every problem named."""
    if not isinstance(value, dict):
        first = next(iter(model.model_fields))
        raise RequestRefused(422, f"The body must be a JSON object with the key {first!r}.")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise RequestRefused(422, _explained(error, model)) from None


def _explained(error: ValidationError, model: type[BaseModel]) -> str:
    parts = []
    for problem in error.errors(include_url=False, include_input=False)[:5]:
        if not problem["loc"]:  # pydantic names no place for a key that is not UTF-8
            parts.append("A key of the body holds half of a surrogate pair; remove it.")
            continue
        key = str(problem["loc"][0])[:60]
        if problem["type"] == "extra_forbidden":
            known = nearest(key, model.model_fields)
            parts.append(f"There is no key {key!r}. {known}".strip())
        elif problem["type"] == "missing":
            parts.append(f"The key {key!r} is missing.")
        else:
            parts.append(f"{key!r}: {problem['msg']}.")
    return " ".join(parts)


def request_schema(
    model: type[BaseModel], settings: ServeSettings, taxonomy: Taxonomy
) -> dict[str, Any]:
    """JSON schema of a request, with the limits of this service and the labels of its model."""
    schema: dict[str, Any] = _with_limits(model.model_json_schema(), settings)
    choices = {"rollup": list(taxonomy.rollups), "label": list(taxonomy.labels)}
    for name, field in schema["properties"].items():
        if name in choices:
            field.pop("anyOf")
            field["enum"] = [*choices[name], None]
        elif name == "top_k":
            field["anyOf"][0]["maximum"] = len(taxonomy)
    return schema


def request_examples(model: type[BaseModel], taxonomy: Taxonomy) -> dict[str, Any]:
    """Bodies for the OpenAPI description; each works as it stands, and a test sends them."""
    thanks, day = "thank you so much, you saved my day", "what a day"
    bodies: dict[type[BaseModel], dict[str, dict[str, Any]]] = {
        PredictRequest: {
            "one text": {"inputs": thanks},
            "a batch": {"inputs": [["thank you!"], ["the train is late again"]]},
            "raw scores": {"inputs": day, "raw_scores": True},
        },
        EmotionsRequest: {
            "one text": {"texts": thanks},
            "several texts": {"texts": ["thank you!", "the train is late again"]},
            "another threshold": {"texts": day, "threshold": 0.3},
            "the strongest label only": {"texts": day, "top_k": 1},
            **{
                f"rolled up to {name}": {"texts": day, "rollup": name}
                for name in list(taxonomy.rollups)[:1]
            },
        },
        ExplainRequest: {
            "the most probable label": {"text": thanks},
            "a label": {"text": day, "label": taxonomy.labels[0]},
        },
    }
    return {name: {"value": body} for name, body in bodies[model].items()}


def _with_limits(node: Any, settings: ServeSettings) -> Any:
    if isinstance(node, list):
        return [_with_limits(part, settings) for part in node]
    if not isinstance(node, dict):
        return node
    node = {key: _with_limits(value, settings) for key, value in node.items()}
    if node.get("pattern") == TEXT_SCHEMA["pattern"]:
        node["maxLength"] = settings.max_characters
    elif node.get("type") == "array" and "maxItems" not in node:
        node["maxItems"] = settings.max_texts
    return node
