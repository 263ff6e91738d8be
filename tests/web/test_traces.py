"""Traces: a span for each request, and in it one for each stage of its question."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from chatbot.assistant import Chatbot
from chatbot.errors import SettingsError
from chatbot.retrieval.timer import Timer
from chatbot.web.traces import traces_to
from tests.doors import QUESTION, application
from tests.web.events import run

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture(scope="module")
def client(demo: Chatbot, exporter: InMemorySpanExporter) -> TestClient:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return TestClient(application(demo, provider))


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[Any]:
    """The spans that ended since the test began, first ended first."""
    exporter.clear()
    yield exporter.get_finished_spans
    exporter.clear()


def test_the_stages_of_an_answer_are_spans_within_its_request(
    client: TestClient, spans: Any
) -> None:
    """The caller's trace goes on, the names are in `timings`, no span has the question."""
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "x-request-id": "r-1"}
    reply = client.post("/api/v1/ask?x=secret", json={"question": QUESTION}, headers=headers)
    *stages, request = spans()
    assert {stage.name for stage in stages} == reply.json()["timings"].keys() - {"total"}
    assert {stage.parent.span_id for stage in stages} == {request.context.span_id}
    assert f"{request.context.trace_id:032x}" == TRACE
    assert request.name == "POST /api/v1/ask"
    assert dict(request.attributes) == {
        "http.request.method": "POST",
        "http.route": "/api/v1/ask",
        "http.response.status_code": 200,
        "url.path": "/api/v1/ask",
        "chatbot.request_id": "r-1",
    }
    assert all(
        request.start_time <= stage.start_time <= stage.end_time <= request.end_time
        for stage in stages
    )
    assert "air defence" not in "".join(span.to_json() for span in spans())


def test_the_pages_questions_and_failures_are_followed(client: TestClient, spans: Any) -> None:
    """Gradio runs an event in a thread; a missing document is no error of the server."""
    run(client, "page_answer", {"question": QUESTION})
    assert {"encode", "POST"} <= {span.name.split()[0] for span in spans()}
    client.get("/source/nowhere.md")
    last = spans()[-1]
    assert (last.name, last.status.status_code) == ("GET /source/{doc_id:path}", StatusCode.UNSET)


def test_nothing_is_followed_without_a_request(spans: Any) -> None:
    """As on the command line."""
    timer = Timer()
    with timer.stage("encode"):
        pass
    assert timer.milliseconds().keys() == {"encode", "total"}
    assert spans() == ()


class _Collector(BaseHTTPRequestHandler):
    """Keeps the names of the spans it is sent."""

    names: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            services = [each.value.string_value for each in resource.resource.attributes]
            assert "chatbot" in services
            self.names += [span.name for part in resource.scope_spans for span in part.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_collector_is_sent_the_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the latest when the server stops."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    names: list[str] = []
    handler = type("Handler", (_Collector,), {"names": names})
    with HTTPServer(("127.0.0.1", 0), handler) as collector:
        thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        provider = traces_to(f"http://127.0.0.1:{collector.server_port}/v1/traces")
        with provider.get_tracer("test").start_as_current_span("encode"):
            pass
        provider.shutdown()
        collector.shutdown()
        thread.join()
    assert names == ["encode"]


def test_without_the_extra_the_setting_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match=r"pip install 'chatbot\[telemetry\]'"):
        traces_to("http://127.0.0.1:9/v1/traces")
