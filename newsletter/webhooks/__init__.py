"""Telling other systems, at once, what happens to subscriptions: signed requests in the Standard Webhooks form.

events | fan out -> outbox | claim | send | settle -> delivered, or owed again later
"""
