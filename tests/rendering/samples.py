"""An evening of our own invention: Port Ansel, its harbour and its newspaper."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from newsletter.domain.article import Article, Image, RelatedLink
from newsletter.domain.issue import IssueDraft, SectionOfIssue, Sponsor

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
PICTURES = "https://ledger.example/pictures"

FERRY = Article(
    source="ledger",
    guid="ferry",
    url="https://ledger.example/city/night-ferry?from=feed&edition=2",
    title="The night ferry comes back after eleven winters",
    published=NOON,
    section="city",
    authors=("Ada Nwosu", "Tomas Brandt"),
    standfirst="From April a boat will cross the sound at midnight again. The council found the money where "
    "nobody had looked: in the fund for a bridge that will never be built.",
    image=Image(
        f"{PICTURES}/ferry.png",
        alt="A small white ferry leaves the lit quay at dusk",
        caption="The Marta Lind on a trial run past the old customs house on Monday evening.",
        credit="Photo: Ines Okafor",
        width=1200,
        height=675,
    ),
    comment_count=48,
    related=(
        RelatedLink("What the bridge that never was has cost", "https://ledger.example/bridge", ("Li Wei",)),
        RelatedLink("Eleven winters on the last bus: a night with the drivers", "https://ledger.example/last-bus"),
    ),
    id=1,
)
SCHOOLS = Article(
    source="ledger",
    guid="schools",
    url="https://ledger.example/city/schools",
    title="Three schools will share one roof",
    published=NOON - timedelta(hours=1),
    section="city",
    authors=("Samira Holt",),
    standfirst="Pupils from the quay, the hill and the island move into the former rope works in September.",
    image=Image(f"{PICTURES}/ropeworks.png", alt="The brick front of the rope works", width=900, height=900),
    comment_count=1,
    id=2,
)
MARKET = Article(
    source="ledger",
    guid="market",
    url="https://ledger.example/city/market",
    title="Fish market keeps its Tuesday",
    published=NOON - timedelta(hours=2),
    section="city",
    authors=("Jonas Field",),
    standfirst="The stallholders voted 31 to 4 against moving to Saturdays.",
    comment_count=0,
    related=(RelatedLink("A map of every stall", "https://ledger.example/market-map", ("Graphics desk",)),),
    id=3,
)
OPERA = Article(
    source="ledger",
    guid="opera",
    url="https://ledger.example/culture/opera",
    title="An opera about the tide tables, sung by the people who print them",
    published=NOON - timedelta(hours=3),
    section="culture",
    authors=("Mirela Sand",),
    standfirst="The amateur company of the harbour office fills the grain hall for the ninth time. Our critic "
    "stayed for the encore & the soup.",
    image=Image(f"{PICTURES}/opera.png", alt="", caption="Dress rehearsal", width=1200, height=800),
    comment_count=12,
    id=4,
)
HEBREW = Article(
    source="ledger",
    guid="poem",
    url="https://ledger.example/culture/poem",
    title="שיר אחד מן הנמל",
    published=NOON - timedelta(hours=4),
    section="culture",
    authors=("נועה כהן",),
    standfirst="שיר חדש על הים, על הערב ועל הדרך הביתה.",
    language="he",
    id=5,
)
HOSTILE = Article(
    source="ledger",
    guid="hostile",
    url="javascript:alert(document.domain)",
    title='<script>alert("x")</script> & Söhne: „Wir\r\nBcc: all@ledger.example bleiben“ 🦭\x00\ud800',
    published=NOON - timedelta(hours=5),
    section="sport",
    authors=('"Quote" <b>Bold</b>',),
    standfirst="A standfirst with </td></table> in it\u202e, and a line that begins\nFrom here.",
    image=Image(
        'https://ledger.example/a".png', alt='" onerror="alert(1)', caption="<i>caption</i>", width=10, height=10
    ),
    comment_count=3,
    id=6,
)
ALSO = (
    Article("ledger", "lamps", "https://ledger.example/lamps", "New lamps for the mole", NOON, "city", id=7),
    Article(
        "ledger", "swim", "https://ledger.example/swim", "Winter swimmers count 212 heads", NOON, "sport", id=8,
        authors=("Ada Nwosu",), comment_count=7,
    ),
)  # fmt: skip
ARCHIVE = (
    Article(
        "ledger", "keeper", "https://ledger.example/keeper", "The lighthouse keeper's last Sunday", NOON, "city",
        id=9, authors=("Tomas Brandt",),
    ),
)  # fmt: skip

DRAFT = IssueDraft(
    newsletter="evening",
    date=date(2026, 3, 10),
    subject="The night ferry comes back after eleven winters – and 7 more",
    preheader="From April a boat will cross the sound at midnight again.",
    lead=FERRY,
    sections=(
        SectionOfIssue("city", "City", (SCHOOLS, MARKET)),
        SectionOfIssue("culture", "Culture", (OPERA, HEBREW)),
        SectionOfIssue("sport", "Sport", (HOSTILE,)),
    ),
    also=ALSO,
    archive=ARCHIVE,
    window_start=NOON - timedelta(days=1),
    window_end=NOON,
)
SHAPED = replace(
    DRAFT,
    sections=DRAFT.sections[:1],
    also=(),
    archive=(),
    note="Good evening. The harbour is **closed to cars** until Friday: [what to do](https://ledger.example/cars).\n\n"
    '- The tram runs <script>alert("x")</script>\n- ![So](https://ledger.example/x.png) does the ferry\n\n'
    "Write to [us](mailto:desk@ledger.example), [not](javascript:alert(1)) *them*.",
    sponsors=(
        Sponsor(
            "Advertisement",
            "Rope, tar & lamps: Holt’s on the quay",
            "https://holt.example/?from=ledger&kind=mail",
            Image(f"{PICTURES}/holt.png", alt="Coils of rope", width=1040, height=400),
        ),
        Sponsor("Advertisement", "The choir sings on Sunday"),
    ),
)
SENT_AT = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)

ADA = {
    "to_name": "Ada Lovelace",
    "to_address": "ada@reader.example",
    "message_id": "0123456789abcdef0123456789abcdef@ledger.example",
    "greeting": "Good evening, Ada Lovelace.",
    "address": "ada@reader.example",
    "unsubscribe_token": "AAAAAAAAAAFpsD2QmU-unsubscribe-q8w2_ZA",
    "preferences_token": "AAAAAAAAAAFpsD2QmP-preferences-q8w2_ZA",
    "confirm_token": "AAAAAAAAAAFpsD2QmC-confirmation-q8w2_A",
}


def draft_of(size: int) -> IssueDraft:
    """An issue with a lead and `size - 1` stories in two sections, of which every other has a picture."""
    stories = tuple(
        replace(SCHOOLS if number % 2 else MARKET, guid=f"story-{number}", id=100 + number)
        for number in range(1, size)
    )
    half = len(stories) // 2
    sections = (
        SectionOfIssue("city", "City", stories[:half]),
        SectionOfIssue("culture", "Culture", stories[half:]),
    )
    return replace(DRAFT, sections=sections if stories else (), also=(), archive=())
