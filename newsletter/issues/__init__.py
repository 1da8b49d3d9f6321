"""The evening's issue: when it is due, which stories it carries, and where it stands."""
