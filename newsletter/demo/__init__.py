"""A small newsroom, a mailbox and the whole product on one machine, to try it and to test it."""
