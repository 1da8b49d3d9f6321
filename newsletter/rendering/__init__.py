"""From an issue draft to a letter: Jinja2 templates, premailer inlining, MIME with holes. Knows no database."""
