"""Whether mail of ours can arrive: what DNS says of us, the ways out, and this machine.

Every check looks and changes nothing. What can't be looked at is unknown, and said so; it is never called fine.
"""
