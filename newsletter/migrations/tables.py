"""Every table of the product in one MetaData: importing the rooms' tables fills it."""

from newsletter.articles import tables as articles
from newsletter.delivery.ledger import tables as delivery
from newsletter.feedback import tables as feedback
from newsletter.issues import tables as issues
from newsletter.web.desk import tables as desk
from newsletter.workers import tables as workers
from subscribers import models as register
from subscribers.database import Base

ROOMS = (articles, delivery, feedback, issues, desk, workers, register)
METADATA = Base.metadata
