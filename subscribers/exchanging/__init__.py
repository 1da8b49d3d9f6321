"""Suppressions taken from elsewhere and given elsewhere: files and providers' lists.

What bars an address here stays: taking adds vetoes and makes milder ones graver, never the reverse, and the same
list taken twice changes nothing. An address that we only know by its keyed hash is exchanged by that hash, which
means something where the secret is the same.
"""
