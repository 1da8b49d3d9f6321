"""Proofs: an issue's letters before they leave, and what the checks say of them."""
