"""The application: routes, each a line or two over the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel
from starlette.exceptions import HTTPException

import emoscope
from emoscope.errors import EmoscopeError, ScoringFailed
from emoscope.inference.classifier import EmotionClassifier
from emoscope.serve import schemas
from emoscope.serve.error_responses import (
    error_response,
    from_error,
    from_http_exception,
    internal_error,
    json_response,
)
from emoscope.serve.middleware import RequestMiddleware
from emoscope.serve.request_body import parse_json, read_body
from emoscope.serve.request_texts import refuse_oversized
from emoscope.serve.service import EmotionService, IsGone
from emoscope.serve.settings import ServeSettings
from emoscope.serve.static_files import HEADERS, page_files
from emoscope.serve.telemetry import CONTENT_TYPE, Telemetry

_ABOUT = (
    "Finds emotions in texts. /predict takes the JSON of Hugging Face's text-embeddings-inference;"
    " /v1/emotions returns more. Requests that arrive together are scored together."
)

_LARGE_BODY = 65_536
"""Bytes from which the parsing of a body is noticed."""

_Request = TypeVar("_Request", bound=BaseModel)
_Handler = Callable[[_Request, IsGone], Awaitable[Any]]


def create_app(classifier: EmotionClassifier, settings: ServeSettings | None = None) -> FastAPI:
    """The service as an ASGI application around ``classifier``."""
    settings = settings or ServeSettings()
    telemetry = Telemetry()
    service = EmotionService(classifier, settings, on_batch=telemetry.count_batch)
    batcher = service.batcher
    telemetry.watch_queue(lambda: batcher.queued_texts, lambda: batcher.queued_characters)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.close()

    app = FastAPI(
        title="emoscope",
        version=emoscope.__version__,
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,  # both load scripts from other hosts
        redoc_url=None,
    )
    app.add_middleware(RequestMiddleware, settings=settings, batcher=batcher, telemetry=telemetry)
    if settings.cors_origins:  # added last, so outermost: a preflight request has no key
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-api-key", "x-request-id"],
            expose_headers=["retry-after", "x-request-id"],
        )
    app.add_exception_handler(EmoscopeError, _from_error)
    app.add_exception_handler(HTTPException, _from_http_exception)
    if settings.api_key is not None:
        _describe_key(app)
    _add_scoring(app, service, settings)
    _add_monitoring(app, service, telemetry)
    if settings.page:
        _add_page(app)
    return app


def _describe_key(app: FastAPI) -> None:
    """Say in the OpenAPI description how the key is sent; the middleware checks it."""
    without = app.openapi

    def with_key() -> dict[str, Any]:
        schema = without()
        schema.setdefault("components", {})["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
        schema["security"] = [{"bearer": []}, {"header": []}]
        return schema

    app.openapi = with_key  # type: ignore[method-assign]


def _add_scoring(app: FastAPI, service: EmotionService, settings: ServeSettings) -> None:
    taxonomy = service.classifier.taxonomy

    # a megabyte of JSON takes the event loop .1 s: one such body at a time, others in between
    large_bodies = asyncio.Lock()

    def read(model: type[_Request], body: bytes) -> _Request:
        value = parse_json(body)
        refuse_oversized(value, settings.max_texts)
        return schemas.check(model, value)

    def endpoint(
        model: type[_Request], handler: _Handler[_Request]
    ) -> Callable[[Request], Awaitable[Any]]:
        async def handle(request: Request) -> Response:
            body = await read_body(request, settings.max_body_bytes, settings.body_seconds)
            if len(body) <= _LARGE_BODY:
                asked = read(model, body)
            else:
                async with large_bodies:
                    asked = read(model, body)
                    await asyncio.sleep(0)
            return json_response(await handler(asked, request.is_disconnected))

        return handle

    def add(
        path: str,
        model: type[_Request],
        handler: _Handler[_Request],
        gives: Any,
        about: str,
        *,
        shown: bool = True,
    ) -> None:
        content = {
            "schema": schemas.request_schema(model, settings, taxonomy),
            "examples": schemas.request_examples(model, taxonomy),
        }
        app.add_api_route(
            path,
            endpoint(model, handler),
            methods=["POST"],
            name=path.rpartition("/")[2],
            summary=about,
            response_model=gives,
            responses=_ERRORS,
            openapi_extra={
                "requestBody": {"required": True, "content": {"application/json": content}}
            },
            include_in_schema=shown,
        )

    predicted = list[schemas.PredictionElement] | list[list[schemas.PredictionElement]]
    about = "Labels and scores, as text-embeddings-inference gives them"
    for path in ("/predict", "/", "/invocations"):  # some of its clients post to the others
        shown = path == "/predict"
        add(path, schemas.PredictRequest, service.predict, predicted, about, shown=shown)
    about = "Emotions that passed, with thresholds, roll-ups and notes"
    add("/v1/emotions", schemas.EmotionsRequest, service.emotions, schemas.EmotionsResponse, about)
    about = "Words that moved an emotion"
    add("/v1/explain", schemas.ExplainRequest, service.explain, schemas.ExplainResponse, about)


def _add_monitoring(app: FastAPI, service: EmotionService, telemetry: Telemetry) -> None:
    unhealthy: dict[int | str, dict[str, Any]] = {
        503: {"model": schemas.ErrorResponse, "description": "Not able to work"}
    }

    @app.get(
        "/v1/labels", response_model=schemas.LabelsResponse, summary="Labels, thresholds, limits"
    )
    async def labels() -> Response:
        return json_response(service.labels())

    @app.get(
        "/health", response_model=schemas.StatusResponse, responses=unhealthy, summary="Alive?"
    )
    async def health() -> Response:
        if service.batcher.has_failed:
            return error_response(503, "Scoring has stopped. Restart the service.", "Unhealthy")
        return json_response({"status": "ok"})

    @app.get("/ready", response_model=schemas.StatusResponse, responses=unhealthy, summary="Ready?")
    async def ready() -> Response:
        if service.batcher.is_open:
            return json_response({"status": "ready"})
        message = "The service is starting, stopping or not scoring. Ask again in a moment."
        return error_response(503, message, "Unhealthy", {"Retry-After": "1"})

    counts = {"content": {"text/plain": {"schema": {"type": "string"}}}}

    @app.get(
        "/metrics",
        response_class=Response,
        summary="Counts for Prometheus",
        responses={200: counts},
    )
    async def metrics() -> Response:
        return Response(telemetry.render(), headers={"Content-Type": CONTENT_TYPE})


def _add_page(app: FastAPI) -> None:
    def serving(content: bytes, kind: str) -> Callable[[], Awaitable[Response]]:
        async def serve() -> Response:
            return Response(content, headers={**HEADERS, "Content-Type": kind})

        return serve

    for path, file in page_files().items():
        app.add_api_route(path, serving(*file), methods=["GET"], include_in_schema=False)


_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": schemas.ErrorResponse, "description": description}
    for status, description in (
        (400, "Not JSON"),
        (401, "No key, or a wrong one"),
        (408, "The body did not arrive in time"),
        (413, "Over a limit"),
        (415, "Not application/json"),
        (421, "Not a host of this service; see EMOSCOPE_ALLOWED_HOSTS"),
        (422, "JSON of another form"),
        (429, "Overloaded; see Retry-After"),
        (500, "The model failed"),
        (503, "Closing, or out of time; see Retry-After"),
    )
}


async def _from_error(request: Request, error: Exception) -> Response:
    if isinstance(error, EmoscopeError) and not isinstance(error, ScoringFailed):
        return from_error(error)
    request.scope["state"]["failure"] = error  # the middleware logs it
    return internal_error(request.scope["state"]["request_id"])


async def _from_http_exception(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return from_http_exception(error)
    raise error  # handlers are only called for the class they were added for
