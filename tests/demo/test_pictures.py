"""The pictures: of one size, light enough for a mail, and the same each time."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from newsletter.demo.pictures import SCENES, jpeg


@pytest.mark.parametrize("name", SCENES)
def test_a_picture_is_a_light_jpeg(name: str) -> None:
    octets = jpeg(name)
    with Image.open(BytesIO(octets)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1200, 675))
    assert len(octets) < 120_000


def test_a_picture_is_painted_the_same_each_time() -> None:
    assert SCENES["night-ferry"]().tobytes() == SCENES["night-ferry"]().tobytes()
