"""Correcting a locked issue at the desk: its words, what is still to be sent, the browser, who got the mistake."""
