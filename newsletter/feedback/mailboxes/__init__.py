"""Where mail comes back to: IMAP, a Maildir, a pipe, LMTP. A mail leaves it once its effect is committed."""
