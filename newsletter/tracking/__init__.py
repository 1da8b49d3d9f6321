"""Opens and clicks: off unless the newsroom asks for them, told apart by person and machine, summed up in time.

What is kept of a hit is when, of which link, by which reader, and why a machine is behind it. Neither network
addresses nor the browser's own words are.
"""
