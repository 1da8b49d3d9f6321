"""The templates: the newsroom's own where it has them, else those that were shipped."""

from __future__ import annotations

from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape

from newsletter import shipped


class Templates:
    """Renders templates by name, such as `email/evening/issue.html`.

    A file in the `override` folder wins over the shipped one of the same name. `.html` is escaped, `.txt` is not;
    a name that the context lacks is an error. `loader` serves Flask as well.
    """

    def __init__(self, override: Path | None = None) -> None:
        self._folders = [folder for folder in (override, shipped.templates()) if folder]
        self.loader: BaseLoader = ChoiceLoader([FileSystemLoader(folder) for folder in self._folders])
        self._environment = Environment(
            loader=self.loader,
            autoescape=select_autoescape(["html"], default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def render(self, name: str, /, **context: object) -> str:
        """Return the template filled in. Raises jinja2.TemplateError naming what is wrong with it."""
        return self._environment.get_template(name).render(context)

    def source(self, name: str) -> str:
        """Return a file beside the templates as it stands. Raises jinja2.TemplateNotFound."""
        return self.loader.get_source(self._environment, name)[0]

    def file(self, name: str) -> Path | None:
        """Return where a file lies, the newsroom's own before the shipped one; None where there is none."""
        return next((folder / name for folder in self._folders if (folder / name).is_file()), None)

    def layers(self, name: str) -> list[str]:
        """Return the files of that name, the shipped one before the newsroom's own, for what is put together."""
        files = [folder / name for folder in reversed(self._folders)]
        return [file.read_text(encoding="utf-8") for file in files if file.is_file()]
