"""Texts that would attack a page, and the elements that a page showing them may have."""

from __future__ import annotations

import re
from typing import Final

from tests.markup import elements

HOSTILE: Final = {
    "script": "<script>alert(1)</script>",
    "handler": '<img src=x onerror="alert(1)">',
    "double quotes": '" onmouseover="alert(1)" x="',
    "single quotes": "' onmouseover='alert(1)' x='",
    "link": '<a href="javascript:alert(1)">here</a>',
    "markdown": "![here](https://example.org/x.png) [here](javascript:alert(1))",
    "end tags": "</mark></p></li></ol></section></article><h1>Approved</h1>",
    "comment": "<!-- here --> <![CDATA[ here ]]> <?php here ?>",
    "entities": "&lt;b&gt; &amp;amp; &#60;script&#62; &nbsp",
    "templates": "{{7*7}} ${alert(1)} <%= here %>",
    "override": "abc\u202egnp.exe\u202c",
    "mermaid": "```mermaid\ngraph TD; A-->B; click A href 'javascript:alert(1)'\n```",
    "latex": r"$$\href{javascript:alert(1)}{x}$$ \(\includegraphics{//example.org/x}\)",
    "null and tag": "<scr\x00ipt>\x0b<svg/onload=alert(1)>",
}

# The tags and attributes that answers and sources may have.
TAGS: Final = frozenset(
    "article section blockquote a p ol ul li b bdi span div mark details summary table thead tbody "
    "tr th td button strong time html head meta title link body header main h1 h2 h3 h4 h5 h6 "
    "pre nav img svg rect figure figcaption form input small".split()
)
# The page's own script reads `data-` attributes as data, and makes only text of them; the HTML in
# `data-html` goes to the clipboard.
ATTRIBUTES: Final = frozenset(
    "class href target rel dir role id lang charset name content title type scope tabindex "
    "datetime aria-label aria-expanded aria-pressed data-doc data-verdict data-build data-passage "
    "data-place data-copy data-html data-do data-question data-thumb data-page popover "
    "popovertarget autofocus required value src alt width height x y viewbox "
    "aria-hidden type colspan action method placeholder autocomplete".split()
)


def assert_inert(html: str) -> None:
    """Check that a page has only the chatbot's own elements, and links only to its own pages."""
    for tag, attributes, _ in elements(html):
        assert tag in TAGS
        assert attributes.keys() <= ATTRIBUTES
        own = ("/source/", "/style/", "/original/", "/documents", "/?document=")
        link = attributes.get("href", "/source/")
        assert link == "/" or link.startswith(own) or re.fullmatch(r"#(at|mention)-\d+", link)
        assert attributes.get("action", "/source/") in {"/source/", "/added"}
        assert_inert(attributes.get("data-html", ""))
        assert attributes.get("src", "/picture/").startswith("/picture/")
