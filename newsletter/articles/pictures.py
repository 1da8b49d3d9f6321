"""Two accounts of one picture, made into one."""

from __future__ import annotations

import re

from newsletter.domain.article import Image

_SIZE = re.compile(r"-\d+x\d+(?=\.\w+$)")


def fill_image(image: Image | None, other: Image | None) -> Image | None:
    """Return the first picture, its missing words from the second where both are of the same file."""
    if image is None or other is None:
        return image or other
    if _file(image.url) != _file(other.url):
        return image
    return Image(
        image.url,
        image.alt or other.alt,
        image.caption or other.caption,
        image.credit or other.credit,
        image.width or other.width,
        image.height or other.height,
    )


def choose_image(image: Image | None, other: Image | None) -> Image | None:
    """Return the better of two accounts that one page gives of its picture.

    Crops of one picture have many names; the one with a caption or a credit is the one to print.
    """
    if image and other and not (image.caption or image.credit) and (other.caption or other.credit):
        return fill_image(other, image)
    return fill_image(image, other)


def _file(url: str) -> str:
    """Return what two addresses of one picture have in common: its name, whatever its size."""
    return _SIZE.sub("", url.partition("?")[0].rpartition("/")[2].lower())
