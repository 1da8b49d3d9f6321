"""The wheel brings all that the command needs: templates, the example configuration, migrations, the demo."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True, timeout=100)
    return next(folder.glob("newsletter-*.whl"))


def test_the_wheel_holds_what_is_not_code_too(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    wanted = {
        "newsletter/config.example.toml",
        "newsletter/templates/email/evening/issue.html",
        "newsletter/templates/web/style.css",
        "newsletter/templates/web/languages/de.po",
        "newsletter/migrations/versions/0001_first_tables.py",
        "newsletter/demo/stories/derby.md",
        "newsletter/demo/templates/newsroom/article.html",
        "subscribers/models/people.py",
    }
    assert wanted <= names
    assert not any(name.startswith("tests/") for name in names)


def test_the_installed_command_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "env"
    venv.create(place, system_site_packages=False, with_pip=False, symlinks=True)
    libraries = next((place / "lib").glob("python*")) / "site-packages"
    ZipFile(wheel).extractall(libraries)
    # The locked packages stand beside it, as `pip install` would have put them; the checkout does not.
    theirs = Path(pytest.__file__).parent.parent
    (libraries / "theirs.pth").write_text(f"{theirs}\n")
    code = (
        "import newsletter, sys; from newsletter import shipped; "
        "print(newsletter.__file__); print(shipped.templates()); "
        "sys.argv = ['newsletter', 'init', 'evening']; from newsletter.cli import main; main()"
    )
    done = subprocess.run(
        [place / "bin" / "python", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(libraries / "newsletter" / "templates") in done.stdout
    assert (tmp_path / "evening" / "config.toml").read_text().startswith("# The newsletter's configuration")
