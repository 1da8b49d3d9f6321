"""Mail APIs over HTTP: many readers in one request, each provider a pure pair of functions, one transport for all.

    batch | provider.request | post | provider.outcomes -> outcomes

A provider knows no network: it writes a batch as a request and reads the answer. `posting` sends requests side by
side and decides what is known when one fails: not sent, refused as a whole, or in doubt.
"""
