"""How fast letters leave: token buckets, learned limits and seats, kept as rows for all processes together."""
