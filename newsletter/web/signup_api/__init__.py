"""Signing up by JSON, for the newsroom's own front end: what can be had, and the wish for it, under /api/signup.

Public like the form: no key, no cookie, and the same answer for every address. Scripts of other sites are let in
by `[signup] origins` alone. docs/signing-up.md shows it by example.
"""

from newsletter.web.signup_api.routes import register

__all__ = ["register"]
