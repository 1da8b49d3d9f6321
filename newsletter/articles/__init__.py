"""The day's stories: fetched from every source, completed from their own pages, kept in one table."""
