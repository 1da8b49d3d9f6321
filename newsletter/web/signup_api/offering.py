"""What can be subscribed to, in the language of the request."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.settings import NewsletterSettings
from newsletter.web.context import here
from newsletter.web.public.coming import next_issue
from newsletter.web.public.frequencies import frequencies
from newsletter.web.public.gate import fresh_stamp
from newsletter.web.public.languages import offered_languages
from newsletter.web.public.proof import shown_consent
from newsletter.web.signup_api.shapes import Consent, Named, Offer, Offers
from subscribers.models import Frequency


def offers() -> Offers:
    """Return what is offered."""
    settings, consent = here().settings, shown_consent()
    return Offers(
        newsletters=[_offer(each) for each in settings.newsletters],
        languages=_named(offered_languages()),
        consent=Consent(text=consent.text, version=consent.version),
        stamp=fresh_stamp(),
        proof_of_work=settings.signup.proof_of_work,
    )


def _offer(newsletter: NewsletterSettings) -> Offer:
    return Offer(
        slug=newsletter.slug,
        title=newsletter.title,
        description=newsletter.description,
        language=newsletter.language,
        next_issue=next_issue(newsletter),
        sections=_named({section.name: section.title for section in newsletter.sections}),
        frequencies=_named(frequencies([newsletter])),
    )


def _named(titles: Mapping[Frequency, str] | Mapping[str, str]) -> list[Named]:
    return [Named(value=value, title=title) for value, title in titles.items()]
