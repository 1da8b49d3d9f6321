"""The suppression lists that providers keep: read whole, and added to. One file per provider.

Nothing is ever taken off such a list from here.
"""
