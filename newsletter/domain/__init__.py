"""The vocabulary: small frozen dataclasses and Protocols that every room shares. Imports nothing of ours."""
