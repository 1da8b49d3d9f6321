"""Every table of the product in one MetaData: importing the rooms' tables fills it."""

from newsletter.articles import tables as articles
from newsletter.delivery.corrections import tables as corrections
from newsletter.delivery.ledger import tables as delivery
from newsletter.doctor import tables as doctor
from newsletter.editors import tables as editors
from newsletter.feedback import tables as feedback
from newsletter.issues import tables as issues
from newsletter.issues.shaping import tables as shaping
from newsletter.tracking import tables as tracking
from newsletter.web.api import tables as api
from newsletter.webhooks import tables as webhooks
from newsletter.workers import tables as workers
from subscribers import models as register
from subscribers.database import Base

ROOMS = (
    api,
    articles,
    corrections,
    delivery,
    feedback,
    issues,
    shaping,
    tracking,
    editors,
    webhooks,
    workers,
    register,
    doctor,
)
METADATA = Base.metadata
