"""For the newsroom's other systems: readers, events and webhooks as JSON under /api/v1/, with keys.

Nothing here looks at cookies: a request acts by the key that it carries, so no page elsewhere can make a browser
act. `operations` says what there is; docs/api.md how to use it.
"""

from newsletter.web.api.routes import register

__all__ = ["register"]
