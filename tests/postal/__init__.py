"""An evening through real mail servers: Postfix takes it, Dovecot keeps it, bounces come back by mail."""
