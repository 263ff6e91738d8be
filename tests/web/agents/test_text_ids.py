"""The ids of texts: written and read back, whatever a document is called."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.types import Span
from chatbot.web.agents.text_ids import TextId

BUILD = "20261129T154106-713084"
OFFSETS = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9))


@given(st.text(min_size=1), st.none() | OFFSETS)
@example(f"a.md#1-2@{BUILD}", None)
@example("a.md#", (3, 4))
@example("line\nbreak", (0, 1))
def test_an_id_is_read_back_as_it_was_written(doc_id: str, offsets: tuple[int, int] | None) -> None:
    text_id = TextId(doc_id, Span(*offsets) if offsets else None, BUILD)
    assert TextId.parse(str(text_id)) == text_id


@pytest.mark.parametrize("text", ["", "arms.md", "arms.md#1-2", f"#1-2@{BUILD}", "a#1-2@../x"])
def test_other_texts_are_no_ids(text: str) -> None:
    assert TextId.parse(text) is None
