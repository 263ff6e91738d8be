"""Traces of requests and of the stages of their questions, for an OpenTelemetry collector.

Only this module imports OpenTelemetry. A span has neither questions nor the query of an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.errors import SettingsError
from chatbot.retrieval.timer import FOLLOWING
from chatbot.web.door.responses import REQUEST_ID_KEY

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_SERVER_ERROR: Final = 500


def traces_to(collector: str) -> TracerProvider:
    """Spans that are sent to this address, in batches, by a thread of their own.

    `OTEL_` variables change what they change everywhere, such as the service's name and the share
    of requests. Raises SettingsError without the extra `telemetry`.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as missing:
        raise SettingsError(
            "The setting traces needs OpenTelemetry, which isn't installed. "
            "Install it with: pip install 'chatbot[telemetry]'"
        ) from missing
    named = Resource.create({"service.name": "chatbot"})
    provider = TracerProvider(resource=named.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=collector)))
    return provider


class Traces:
    """Opens a span for each request; the stages of its questions are spans within."""

    def __init__(self, app: ASGIApp, provider: TracerProvider) -> None:
        self._app = app
        self._tracer = provider.get_tracer("chatbot")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; its span continues the trace of the caller, if it has one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        with self._tracer.start_as_current_span(
            scope["method"],
            context=TraceContextTextMapPropagator().extract(dict(Headers(scope=scope))),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": scope["method"],
                "url.path": scope["path"],
                "chatbot.request_id": scope.get(REQUEST_ID_KEY, ""),
            },
            record_exception=False,  # its message may quote a question
        ) as span:

            async def observed(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _SERVER_ERROR:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            following = FOLLOWING.set(self._tracer.start_as_current_span)
            try:
                await self._app(scope, receive, observed)
            finally:
                FOLLOWING.reset(following)
                if route := getattr(scope.get("route"), "path", ""):
                    span.update_name(f"{scope['method']} {route}")
                    span.set_attribute("http.route", route)
