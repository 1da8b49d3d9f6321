"""Ways to hand letters over. One file a transport; each passes the same conformance tests. Knows no database."""
