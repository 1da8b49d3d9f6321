"""The ways of sending that are compared. Each runs in a process of its own: `python -m bench.senders NAME {}`."""
