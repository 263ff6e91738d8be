"""The viewer of PDF files: pages as pictures, marked words, and a check of the file."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import time
from collections.abc import Iterator
from typing import Final

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from chatbot.types import Span
from chatbot.web.source.page_pictures import Drawer, NotDrawn, Original
from chatbot.web.source.viewer_pages import HEADERS
from tests.doors import application
from tests.markup import elements, select
from tests.readers.pdfs import HEIGHT, TYPED, WIDTH, Words, lines, pdf
from tests.serving import CHROMIUM, chromium, server

# In letters of one width, so that the place of each is known. A paragraph continues on the
# second page.
SIZE: Final = 10
FIRST: Final = [
    "The radar was sold to Omsk in the spring of the year,",
    "and nobody outside the ministry knew its price until",
    "the auditors had counted every crate in the hall and",
]
SECOND: Final = [
    "had found the contract in a drawer of the old depart-",
    "ment. It was blue.",
]


def report(*, changed: bool = False) -> bytes:
    pages = [
        [
            Words(72, 720, "Radars of the North", 24, "bold"),
            *lines(72, 100, FIRST, size=SIZE, font="even"),
        ],
        lines(72, 720, SECOND, size=SIZE, font="even"),
        [Words(72, 700, "A third page of no interest.", 24 if changed else 12)],
        [],
    ]
    return pdf(*pages)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An index of the report."""
    folder = tmp_path_factory.mktemp("viewer")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "report.pdf").write_bytes(report())
    settings = load_settings(corpus=folder / "corpus", index=folder / "index")
    build_index(settings)
    return settings


@pytest.fixture(scope="module")
def chatbot(home: Settings) -> Iterator[Chatbot]:
    with Chatbot.open(settings=home) as running:
        yield running


@pytest.fixture(scope="module")
def client(chatbot: Chatbot) -> TestClient:
    return TestClient(application(chatbot))


def span_of(chatbot: Chatbot, words: str) -> Span:
    document = chatbot.document("report.pdf")
    assert document
    start = document.text.index(words)
    return Span(start, start + len(words))


def source(chatbot: Chatbot, words: str, more: str = "") -> str:
    start, end = span_of(chatbot, words)
    return f"/source/report.pdf?span={start}-{end}{more}"


def on_page(up: float, first: int, last: int) -> tuple[float, float, float]:
    """The left and right end of some letters of a line, and a height inside them."""
    letter = TYPED * SIZE
    return 72 + letter * first, 72 + letter * last, HEIGHT - up - SIZE / 4


def boxes(page: str) -> list[list[tuple[float, float, float, float]]]:
    """The rectangles of each page: left, top, right, bottom in points."""
    pages: list[list[tuple[float, float, float, float]]] = []
    for tag, attributes, _ in elements(page):
        if tag == "svg":
            pages.append([])
        elif tag == "rect":
            sides = ("x", "y", "width", "height")
            x, y, width, height = (float(attributes[name] or "") for name in sides)
            pages[-1].append((x, y, x + width, y + height))
    return pages


# -- the place -------------------------------------------------------------------------------


def test_the_rectangles_lie_over_the_cited_words(client: TestClient, chatbot: Chatbot) -> None:
    """They match to a fraction of a point."""
    words = "sold to Omsk"
    ((box,),) = boxes(client.get(source(chatbot, words)).text)
    first = FIRST[0].index(words)
    left, right, middle = on_page(100, first, first + len(words))
    assert (box[0], box[2]) == pytest.approx((left, right), abs=0.05)
    assert box[1] < middle < box[3]
    assert box[3] - box[1] < 1.3 * SIZE


def test_a_span_of_two_pages_is_marked_on_both(client: TestClient, chatbot: Chatbot) -> None:
    """Both pages are shown; a hyphenated word is marked in both lines."""
    words = "in the hall and had found the contract in a drawer of the old department"
    page = client.get(source(chatbot, words)).text
    assert [element.attributes["id"] for element in select(page, "figure")] == ["page-1", "page-2"]
    first, second = boxes(page)
    start = FIRST[2].index("in the hall")
    expected = [on_page(76, start, len(FIRST[2]))]
    assert [(box[0], box[2]) for box in first] == [pytest.approx(expected[0][:2], abs=0.05)]
    ends = [on_page(720, 0, len(SECOND[0]) - 1), on_page(708, 0, len("ment"))]
    assert [(box[0], box[2]) for box in second] == [
        pytest.approx(end[:2], abs=0.05) for end in ends
    ]
    (quote,) = select(page, "blockquote")
    assert quote.text == words


@pytest.mark.parametrize(("rotate", "crop"), [(90, (0, 0, WIDTH, HEIGHT)), (0, (50, 40, 550, 760))])
def test_boxes_match_the_page_as_displayed(
    settings: Settings, rotate: int, crop: tuple[int, int, int, int]
) -> None:
    """The page is rotated by 90 degrees, or cropped."""
    data = pdf(lines(72, 700, FIRST, font="even"), rotate=rotate, crop=crop)
    (settings.corpus / "report.pdf").write_bytes(data)
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        page = TestClient(application(chatbot)).get(source(chatbot, "radar")).text
    ((box,),) = boxes(page)
    start, end = 72 + 6 * 4, 72 + 6 * 9
    # Rotated clockwise: left is the height above, top the distance from the left.
    left, top = (700 - 4, start) if rotate else (start - crop[0], crop[3] - 700 - 9)
    assert (box[0], box[1]) == pytest.approx((left, top), abs=3)
    along = (box[3] - box[1]) if rotate else (box[2] - box[0])
    assert along == pytest.approx(end - start, abs=0.05)


# -- pages -----------------------------------------------------------------------------------


def test_a_page_is_served_as_a_picture(client: TestClient) -> None:
    """It has the page's shape, is dark at its words, and has the security headers."""
    response = client.get("/picture/report.pdf?page=1")
    assert response.status_code == 200
    assert (
        HEADERS.items() <= {name.title(): value for name, value in response.headers.items()}.items()
    )
    picture = Image.open(io.BytesIO(response.content)).convert("L")
    assert picture.width / picture.height == pytest.approx(WIDTH / HEIGHT, abs=0.01)
    scale = picture.width / WIDTH

    def darkest(left: int, top: int, right: int, bottom: int) -> int:
        corners = (left * scale, top * scale, right * scale, bottom * scale)
        return min(picture.crop(corners).tobytes())

    assert darkest(72, 50, 300, 75) < 60
    assert darkest(72, 200, 300, 500) > 240


@pytest.mark.parametrize("page", ["0", "5", "-1", "x", "", "٣", "1e0", "99999999999999999999"])
def test_a_page_that_is_not_there_is_not_found(client: TestClient, page: str) -> None:
    """The viewer shows the first page instead."""
    assert client.get("/picture/report.pdf", params={"page": page}).status_code == 404
    html = client.get("/source/report.pdf", params={"page": page}).text
    assert [element.attributes["id"] for element in select(html, "figure")] == ["page-1"]


@pytest.mark.parametrize("name", ["nowhere.pdf", "..%2Freport.pdf", "%00", "report.pdf%2F"])
def test_only_indexed_documents_are_drawn(client: TestClient, name: str) -> None:
    """A picture is found by the document's id, never by a path."""
    assert client.get(f"/picture/{name}?page=1").status_code == 404


def test_every_page_can_be_reached(client: TestClient, chatbot: Chatbot) -> None:
    """Next, previous and the list keep the citation; only the shown page loads."""
    page = client.get(source(chatbot, "sold to Omsk", "&page=2")).text
    links = [link.attributes["href"] or "" for link in select(page, "a")]
    for number in (1, 3):
        assert links.count(source(chatbot, "sold to Omsk", f"&page={number}")) == 3
    assert source(chatbot, "sold to Omsk", "&page=4") in links
    assert [element.attributes["src"] for element in select(page, "img")] == [
        "/picture/report.pdf?page=2"
    ]


def test_the_text_is_one_link_away(client: TestClient, chatbot: Chatbot) -> None:
    """The text has the same words marked, and where pages start; a link leads back."""
    page = client.get(source(chatbot, "sold to Omsk"))
    ways = [link.attributes["href"] or "" for link in select(page.text, "a")]
    text = client.get(next(way for way in ways if "view=text" in way)).text
    assert [mark.text for mark in select(text, "mark")] == ["sold to Omsk"]
    starts = [element.attributes["data-page"] for element in select(text, kind="page-start")]
    assert starts[:2] == ["1", "2"]
    assert not select(text, "img")
    assert source(chatbot, "sold to Omsk") + "#evidence" in [
        link.attributes["href"] for link in select(text, "a")
    ]


# -- the file --------------------------------------------------------------------------------


def test_a_file_that_has_changed_is_shown_as_the_text_that_was_indexed(settings: Settings) -> None:
    """There are a note and no pictures, since words may have moved; also if it's missing."""
    file = settings.corpus / "report.pdf"
    file.write_bytes(report())
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        address = source(chatbot, "sold to Omsk")
        assert select(client.get(address).text, "img")
        file.write_bytes(report(changed=True))
        page = client.get(address).text
        assert [mark.text for mark in select(page, "mark")] == ["sold to Omsk"]
        (note,) = select(page, kind="note")
        assert note.text.startswith("The file has changed since it was indexed.")
        assert not select(page, "img")
        assert client.get("/picture/report.pdf?page=3").status_code == 404
        file.unlink()
        (note,) = select(client.get(address).text, kind="note")
        assert note.text.startswith("The file no longer exists.")


def test_the_original_is_served_only_if_the_setting_allows_it(settings: Settings) -> None:
    """It is downloaded byte for byte, and refused once the file has changed."""
    file = settings.corpus / "übung 1.pdf"
    file.write_bytes(report())
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        closed = TestClient(application(chatbot))
        refused = closed.get("/original/übung 1.pdf")
        assert (refused.status_code, refused.headers["content-type"][:9]) == (403, "text/html")
        assert "/original/" not in closed.get("/source/übung 1.pdf").text
    allowed = settings.model_copy(update={"downloads": True})
    with Chatbot.open(settings=allowed) as chatbot:
        client = TestClient(application(chatbot))
        assert "/original/" in client.get("/source/übung 1.pdf").text
        response = client.get("/original/übung 1.pdf")
        assert response.content == report()
        assert response.headers["content-type"] == "application/octet-stream"
        assert response.headers["x-content-type-options"] == "nosniff"
        disposition = response.headers["content-disposition"]
        assert disposition == "attachment; filename*=UTF-8''%C3%BCbung%201.pdf"
        assert client.get("/original/..%2Fchatbot.toml").status_code == 404
        file.write_bytes(report(changed=True))
        assert client.get("/original/übung 1.pdf").status_code == 404
        assert "/original/" not in client.get("/source/übung 1.pdf").text


def test_a_page_that_hangs_or_crashes_affects_only_itself(home: Settings) -> None:
    """Its request fails, and the next one succeeds."""
    file = home.corpus / "report.pdf"
    original = Original(file, hashlib.sha256(file.read_bytes()).hexdigest())
    hurried = Drawer(seconds=0)
    with pytest.raises(NotDrawn, match="too long"):
        hurried.picture(original, 1)
    drawer = Drawer()
    assert drawer.picture(original, 1)
    assert drawer._process
    os.kill(drawer._process.pid, signal.SIGKILL)
    while drawer._process.alive():
        time.sleep(0.01)
    assert drawer.picture(original, 2)
    with pytest.raises(NotDrawn, match="has changed"):
        drawer.picture(original._replace(sha256="0" * 64), 1)
    drawer.close()
    hurried.close()


# -- in the browser --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def address(home: Settings) -> Iterator[str]:
    with server(home.index) as running:
        yield running


@pytest.fixture(params=[(1440, 900), (360, 740)], ids=["desk", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_browser_shows_the_marked_words(page: Page, address: str, chatbot: Chatbot) -> None:
    """The marks are in view and over the words; nothing overflows; pages turn."""
    words = "sold to Omsk"
    page.goto(f"{address}{source(chatbot, words)}#evidence")
    rect = page.locator("svg rect")
    expect(rect).to_be_in_viewport()
    picture = page.locator("figure img").bounding_box()
    box = rect.bounding_box()
    assert picture
    assert box
    assert page.evaluate("document.querySelector('figure img').naturalWidth") > WIDTH
    scale = picture["width"] / WIDTH
    first = FIRST[0].index(words)
    left, right, middle = on_page(100, first, first + len(words))
    assert box["x"] - picture["x"] == pytest.approx(left * scale, abs=1)
    assert box["width"] == pytest.approx((right - left) * scale, abs=1)
    assert box["y"] < picture["y"] + middle * scale < box["y"] + box["height"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("a[rel=next]").first.click()
    expect(page.locator("figure#page-2")).to_be_visible()
    page.get_by_role("link", name="Show text").click()
    expect(page.locator("mark")).to_have_text(words)
    expect(page.locator("mark")).to_be_in_viewport()
