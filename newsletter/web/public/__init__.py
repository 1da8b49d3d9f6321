"""The readers' pages: sign up, confirm, choose, leave, read in the browser.

A GET never changes anything, so link scanners and prefetching browsers may look at what they like.
"""

from newsletter.web.public.pages import register

__all__ = ["register"]
