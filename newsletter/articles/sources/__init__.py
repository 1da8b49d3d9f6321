"""One module a kind of source; each turns what it fetched into articles."""
