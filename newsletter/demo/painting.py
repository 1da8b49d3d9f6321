"""Brushes for the demo's pictures: skies, seas, hills, glows. Every stroke follows from its arguments alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 675
Colour = tuple[int, int, int]
Canvas = Image.Image
Ink = tuple[int, int, int, int]
Points = Sequence[tuple[float, float]]
Bounds = tuple[float, float, float, float]
Scale = Callable[[Points], list[tuple[float, float]]]


def canvas(*stops: Colour) -> Canvas:
    """Return a picture filled from top to bottom with evenly spaced colours."""
    column = Image.new("RGB", (1, HEIGHT))
    for y in range(HEIGHT):
        column.putpixel((0, y), _between(stops, y / (HEIGHT - 1)))
    return column.resize((WIDTH, HEIGHT))


def sea(picture: Canvas, horizon: int, near: Colour, far: Colour) -> None:
    """Fill everything below `horizon` with water, from `far` at the horizon to `near` at the lower edge."""
    water = canvas(far, near).resize((WIDTH, HEIGHT - horizon))
    picture.paste(water, (0, horizon))


def ripples(picture: Canvas, horizon: int, colour: Colour, seed: str, *, number: int = 160) -> None:
    """Lay thin strokes of light on the water, longer and wider apart towards the viewer."""
    with _sheet(picture) as draw:
        values = numbers(seed)
        for _ in range(number):
            depth = next(values) ** 1.7
            y = horizon + 4 + depth * (HEIGHT - horizon)
            x, length = next(values) * WIDTH, 20 + depth * 150
            draw.line(
                [(x, y), (x + length, y)], fill=(*colour, int(25 + 60 * next(values))), width=1 + int(depth * 4)
            )


def glitter(picture: Canvas, x: float, horizon: int, colour: Colour, seed: str, *, spread: float = 60) -> None:
    """Draw the broken path of a light on the water below (x, horizon)."""
    with _sheet(picture) as draw:
        values = numbers(seed)
        for step in range(46):
            depth = step / 46
            y = horizon + 3 + depth**1.4 * (HEIGHT - horizon)
            half = (0.25 + depth) * spread * (0.35 + next(values))
            middle = x + (next(values) - 0.5) * spread * depth
            draw.line(
                [(middle - half, y), (middle + half, y)], fill=(*colour, int(190 * (1 - depth) + 20)), width=3
            )


def glow(picture: Canvas, x: float, y: float, radius: float, colour: Colour, *, core: float = 0.0) -> None:
    """Shed light around (x, y): a soft halo of `radius` and, where `core` is set, a disc of that radius."""
    size = int(radius * 2)
    halo = Image.radial_gradient("L").resize((size, size)).point(lambda v: max(0, 255 - int(v * 1.45)))
    light = Image.new("RGB", picture.size)
    light.paste(Image.new("RGB", (size, size), colour), (int(x - radius), int(y - radius)), halo)
    picture.paste(ImageChops.screen(picture, light))
    if core:
        with _sheet(picture) as draw:
            draw.ellipse((x - core, y - core, x + core, y + core), fill=(*colour, 255))


def hills(
    picture: Canvas, base: int, height: float, colour: Colour, seed: str, *, foot: int | None = None
) -> None:
    """Draw a ridge up to `height` above `base`, filled down to `foot` (the lower edge by default)."""
    values = numbers(seed)
    waves = [(next(values) * 7, 0.0012 + next(values) * 0.004 * (n + 1), 1 / (n + 1.4)) for n in range(5)]
    ridge = [
        (x, base - height * (0.5 + sum(a * math.sin(x * f + p) for p, f, a in waves) / 4))
        for x in range(0, WIDTH + 8, 8)
    ]
    with _sheet(picture) as draw:
        draw.polygon([*ridge, (WIDTH, foot or HEIGHT), (0, foot or HEIGHT)], fill=(*colour, 255))


def stars(picture: Canvas, seed: str, *, number: int = 260, below: int = HEIGHT) -> None:
    """Scatter stars between the upper edge and `below`."""
    with _sheet(picture) as draw:
        values = numbers(seed)
        for _ in range(number):
            x, y, size = next(values) * WIDTH, next(values) * below, 0.6 + 1.5 * next(values) ** 3
            draw.ellipse(
                (x - size, y - size, x + size, y + size), fill=(255, 248, 230, int(70 + 180 * next(values)))
            )


def polygon(picture: Canvas, points: Points, colour: Colour, opacity: int = 255) -> None:
    """Fill a shape."""
    with _sheet(picture) as draw:
        draw.polygon(points, fill=(*colour, opacity))


def box(picture: Canvas, bounds: Bounds, colour: Colour, opacity: int = 255) -> None:
    """Fill a rectangle."""
    left, top, right, bottom = bounds
    polygon(picture, [(left, top), (right, top), (right, bottom), (left, bottom)], colour, opacity)


def strokes(picture: Canvas, lines: Sequence[Points], colour: Colour, width: int = 3, opacity: int = 255) -> None:
    """Draw lines, each through its points."""
    with _sheet(picture) as draw:
        for line in lines:
            draw.line(line, fill=(*colour, opacity), width=width)


def ellipses(picture: Canvas, boxes: Sequence[Bounds], colour: Colour, opacity: int = 255) -> None:
    """Fill ellipses, each given by its bounding box."""
    with _sheet(picture) as draw:
        for bounds in boxes:
            draw.ellipse(bounds, fill=(*colour, opacity))


def mist(picture: Canvas, y: int, thickness: int, colour: Colour, opacity: int) -> None:
    """Draw a band of fog around `y`, soft at both edges."""
    band = Image.new("L", picture.size)
    ImageDraw.Draw(band).rectangle((0, y - thickness // 4, WIDTH, y + thickness // 4), fill=opacity)
    picture.paste(
        Image.new("RGB", picture.size, colour), mask=band.filter(ImageFilter.GaussianBlur(thickness / 3))
    )


def numbers(seed: str) -> Iterator[float]:
    """Yield numbers in [0, 1) that look random and are the same each time."""
    for count in range(1 << 31):
        for octets in zip(*[iter(blake2b(f"{seed}:{count}".encode()).digest())] * 2, strict=True):
            yield int.from_bytes(octets, "big") / 65536


class _Pen:
    """Gathers what is to be drawn, so that the sheet need be no larger than that."""

    def __init__(self) -> None:
        self._strokes: list[Callable[[ImageDraw.ImageDraw, Scale], None]] = []
        self._reach: list[tuple[float, float]] = []

    def line(self, points: Points, fill: Ink, width: float) -> None:
        self._reach += [(x + side * width, y + side * width) for x, y in points for side in (-1, 1)]
        self._strokes.append(
            lambda draw, scale: draw.line(scale(points), fill=fill, width=max(1, int(width * 2)), joint="curve")
        )

    def polygon(self, points: Points, fill: Ink) -> None:
        self._reach += points
        self._strokes.append(lambda draw, scale: draw.polygon(scale(points), fill=fill))

    def ellipse(self, bounds: Bounds, fill: Ink) -> None:
        corners = [bounds[:2], bounds[2:]]
        self._reach += corners
        self._strokes.append(lambda draw, scale: draw.ellipse(scale(corners), fill=fill))

    def lay_on(self, picture: Canvas) -> None:
        """Draw at twice the size, shrink, and lay on: smooth edges and translucent colour."""
        left, top = (max(0, math.floor(min(axis))) for axis in zip(*self._reach, strict=True))
        right, bottom = (math.ceil(max(axis)) + 1 for axis in zip(*self._reach, strict=True))
        size = (min(right, WIDTH) - left, min(bottom, HEIGHT) - top)
        if min(size) <= 0:
            return
        sheet = Image.new("RGBA", (size[0] * 2, size[1] * 2))
        draw = ImageDraw.Draw(sheet)
        for stroke in self._strokes:
            stroke(draw, lambda points: [((x - left) * 2, (y - top) * 2) for x, y in points])
        small = sheet.resize(size, Image.Resampling.BOX)
        picture.paste(small, (left, top), small.getchannel("A"))


@contextmanager
def _sheet(picture: Canvas) -> Iterator[_Pen]:
    pen = _Pen()
    yield pen
    pen.lay_on(picture)


def _between(stops: Sequence[Colour], share: float) -> Colour:
    place = share * (len(stops) - 1)
    first = min(int(place), len(stops) - 2)
    part = place - first
    low, high = stops[first], stops[first + 1]
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return red, green, blue
