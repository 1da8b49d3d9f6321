"""Mail that comes back: bounces (RFC 3464 and others), complaints (RFC 5965), goodbyes, automatic replies."""
