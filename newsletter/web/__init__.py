"""The pages: `public` for readers, `desk` for editors."""
