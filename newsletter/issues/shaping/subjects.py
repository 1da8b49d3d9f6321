"""Other subjects that the stories offer, and how long a subject may be. Pure."""

from __future__ import annotations

import re

from newsletter.domain.issue import IssueDraft
from newsletter.issues.words import shortened, subject

ON_A_PHONE = 45  # characters of a subject that a phone shows, about
ON_A_DESKTOP = 70
PREHEADER_ON_A_PHONE = 90
MOST_OFFERED = 5
_SENTENCE = re.compile(r"(?<=[.!?])\s")


def alternatives(draft: IssueDraft) -> list[str]:
    """Return subjects made of the issue's stories, none of them the present one, each once.

    The headline of the lead as a mail has it of itself, alone, beside the second story's, with those of two more;
    the first sentence of its standfirst; the second story's.
    """
    lead, *others = draft.stories
    titles = [shortened(story.title, ON_A_PHONE) for story in (lead, *others)]
    offered = [
        subject(lead, len(others), draft.language),
        shortened(lead.title, ON_A_DESKTOP),
        " · ".join(titles[:2]),
        " · ".join(shortened(title, ON_A_PHONE // 2 + 5) for title in titles[:3]) if len(titles) > 2 else "",
        shortened(_SENTENCE.split(lead.standfirst.strip())[0], ON_A_DESKTOP),
        shortened(others[0].title, ON_A_DESKTOP) if others else "",
    ]
    return [each for each in dict.fromkeys(offered) if each and each != draft.subject][:MOST_OFFERED]
