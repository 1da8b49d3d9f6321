"""The register of readers: who gets which newsletter, by what consent, and who must never be mailed again.

Knows no SMTP, no HTTP and no configuration file; sessions, the present moment and secrets come as arguments.
"""
