"""Getting letters to readers exactly as the ledger says: freeze, claim, send, settle, try again.

The promise: no reader is lost; no reader gets two unless the first is in doubt; every delivery in doubt is known.
"""
