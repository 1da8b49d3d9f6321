"""Getting letters to readers exactly as the ledger says: freeze, claim, send, settle, try again.

    lock | ledger: enqueue, claim, settle | pace: who may go now | sending: the loop, in one process or several

The promise: no reader is lost; no reader gets two unless the first is in doubt; every delivery in doubt is known.
"""
