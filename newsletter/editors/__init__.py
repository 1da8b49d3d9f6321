"""Who works at the desk, what they may do there, and what they did."""
