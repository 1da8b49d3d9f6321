"""Working off what the ledger owes: the loop, its endings, and several processes of it."""
