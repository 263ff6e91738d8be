"""Page furniture: lines that publishing systems put around an article. They are never retrieved.

A line is furniture only if the whole line matches a known phrase. Prose that merely mentions
sharing or replying is therefore kept.
"""

from __future__ import annotations

import re
from typing import Final

from chatbot.types import FurnitureKind

_LONGEST: Final = 300

# Regular expressions, alternatives separated by `|` or a line end.
_BOILERPLATE: Final = r"""
leave a (reply|comment)|post a comment|cancel reply|be the first to comment
\d+ (comments?|responses?|replies)|(no )?comments?( are closed)?|join the (conversation|discussion)
your email address will not be published\.?( required fields are marked \*?)?
required fields are marked \*?|save my name, email.{0,80}next time i comment\.?
you must be logged in to .{3,40}|log ?in|sign ?in|register|subscribe( now| today)?
(sign up|subscribe) (for|to) .{0,60}(newsletter|updates|inbox|alerts|briefing).{0,40}
((this|our) (web)?site uses|we use) cookies.{0,160}|accept( all)?( cookies)?|cookie (policy|settings)
(copyright )?© ?.{1,80}|(copyright )?(\(c\)|copyright) ?(19|20)\d\d.{0,80}
.{0,60}all rights reserved\.?|(proudly )?powered by (?-i:[A-Z])[\w.]+( [\w.]+)?
(image|img|picture) ?\d{1,3}|advertisements?|sponsored( content)?|promoted( content)?|story continues below.{0,30}
terms (of|and) (use|service|conditions)|privacy (policy|notice)|about us|contact( us)?
donate( now| today)?|support (us|our work)|skip to (main )?content
"""
_NAVIGATION: Final = r"""
(share|follow|tweet|pin|like)( (this|us|it))?( (article|post|story|page))?( (on|via) [^.!?]{2,40})?:?
(share:?|follow:?|(?=..))\s*((facebook|twitter|x|linkedin|reddit|whatsapp|telegram|e?-?mail|print)[\s,|·•/]*)+
(load|show|see|view|read) (more|all|less)( [^.!?]{2,30})?|continue reading|read (next|also|on):?
in other news|you (may|might) also like.{0,20}|editor['’]?s['’]? picks?|next up
(related|recommended|popular|recent|latest|trending|top) (articles?|posts?|stories|news|topics?|reads?)
more (from|in|on) [^.!?]{2,40}|most (read|popular|viewed)|back to top|home|menu|search
(previous|next|older|newer)( (article|post|story|page))?:?
(filed|posted|tagged) (under|in|with|as):? [^.!?]{2,80}|(tags|categories|topics)(: ?.{0,80})?
"""
_CAPTION: Final = r"""
(picture|photo|image|photograph|caption|photo credit|image credit|credit|source image)s?: .+
.{0,200}\((photo|image|picture|photograph) (by|credit|courtesy|from).{2,80}\)\.?
"""
# Only capitals distinguish a byline from prose, so case matters here.
_BYLINE: Final = r"""
[Bb]y [A-Z][\w.'’-]+( [A-Z][\w.'’-]+){1,4}(,? (and|&) [A-Z][\w.'’-]+( [A-Z][\w.'’-]+){1,4})?
([Pp]ublished|[Pp]osted|[Uu]pdated|[Ll]ast ([Uu]pdated|[Mm]odified)):?( on)?(?! in\b) .{0,12}\d.{2,30}(?<!\w\w[.!?])
"""


def _any_of(phrases: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(phrases.split("\n")[1:-1]), flags)


_PATTERNS: Final[tuple[tuple[FurnitureKind, re.Pattern[str]], ...]] = (
    ("boilerplate", _any_of(_BOILERPLATE, re.IGNORECASE)),
    ("navigation", _any_of(_NAVIGATION, re.IGNORECASE)),
    ("caption", _any_of(_CAPTION, re.IGNORECASE)),
    ("byline", _any_of(_BYLINE)),
)


def furniture_kind(line: str) -> FurnitureKind | None:
    """The kind of page furniture that a line is; None for text of the article."""
    words = line.strip()
    if len(words) > _LONGEST:
        return None
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(words)), None)
