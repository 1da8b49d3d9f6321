"""How far an issue is while it is sent: what is cheap at any size, and what is counted by walking through it."""
