"""The ways between us and others: the mail server, the unsubscribe page, the providers."""
