"""Shaping an issue at the desk: the board, the words, and every deed as a form that works without scripts."""
