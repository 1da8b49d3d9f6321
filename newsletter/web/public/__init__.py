"""The readers' pages: sign up, confirm, choose, leave, read in the browser."""
