"""What comes in and goes out, as the OpenAPI document has it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from newsletter.web.api.shapes import Given, Shape
from subscribers.models import Frequency

Text = Annotated[str, StringConstraints(strict=True, max_length=400)]
Names = Annotated[list[Annotated[str, StringConstraints(strict=True, max_length=64)]], Field(max_length=100)]


class Wish(Given):
    """Somebody wants newsletters. Only the address must be there."""

    email: Annotated[Text, Field(examples=["ada@reader.example"])]
    newsletters: Names = Field(
        default_factory=list, description="By slug; may be left out where there is only one."
    )
    name: Annotated[Text, Field(description="What mails greet by.")] = ""
    sections: Names = Field(
        default_factory=list,
        description="The wanted ones, as in city or evening:city; none or all means everything.",
    )
    frequency: Annotated[Frequency, Field(description="Where a newsletter does not have it, it comes daily.")] = (
        Frequency.DAILY
    )
    language: Annotated[
        Text, Field(description="Of the mails' own words: the closest that we have, else the newsletter's.")
    ] = ""
    time_zone: Annotated[
        Text,
        Field(description="By its IANA name; one that we do not know counts as none.", examples=["Asia/Tokyo"]),
    ] = ""
    page: Annotated[
        str, StringConstraints(strict=True, max_length=4000), Field(description="The address of the page.")
    ] = ""
    consent_version: Annotated[
        Text, Field(description="The version of the words shown; those in force where it is left out.")
    ] = ""
    keep: Annotated[
        Text, Field(description="The address once more, when the reader insists on it after a suggestion.")
    ] = ""
    stamp: Annotated[Text, Field(description="As it came with the newsletters, or with an answer 409.")] = ""
    proof: Annotated[Text, Field(description="What makes SHA-256 of `stamp:proof` begin with zero bits.")] = ""
    leave_empty: Annotated[Text, Field(description="Out of people's sight; who fills it in is a robot.")] = ""


class Accepted(Shape):
    """The same for every address, whether or not it is known."""

    detail: Annotated[str, Field(description="One sentence for the reader, in the language asked for.")]


class Consent(Shape):
    """The words that a reader agrees to. Show them, and send their version along."""

    text: str
    version: str


class Named(Shape):
    """Something to choose: what is sent, and what people are shown."""

    value: str
    title: str


class Offer(Shape):
    """A newsletter. `frequencies` are the values that make a difference; empty where there is no choice."""

    slug: str
    title: str
    description: str
    language: str
    next_issue: Annotated[str, Field(description="When it comes, in words.")]
    sections: list[Named]
    frequencies: list[Named]


class Offers(Shape):
    """What can be subscribed to, and what goes with it. `languages` are those of the mails' own words.

    `stamp` goes along with the wish, and `proof` where `proof_of_work` is not 0; an empty one is not needed.
    """

    newsletters: list[Offer]
    languages: list[Named]
    consent: Consent
    stamp: str
    proof_of_work: Annotated[int, Field(description="How many bits of the hash must be 0.")]


class Fault(Shape):
    """One thing that is wrong. `pointer` is the place by RFC 6901."""

    pointer: str
    detail: str
    suggestion: Annotated[str, Field(description="The address that was probably meant; ask the reader.")] = ""


class Refusal(Shape):
    """Why it was not taken (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: Annotated[
        str, Field(description="One sentence; the reader's own address is refused in their language.")
    ]
    errors: list[Fault] = Field(default_factory=list)
    stamp: Annotated[str, Field(description="With 409: send the wish again with this.")] = ""
    wait: Annotated[int, Field(description="With 409: but not sooner than after so many seconds.")] = 0
    proof_of_work: Annotated[int, Field(description="With 409: and a proof of so many bits, if not 0.")] = 0
