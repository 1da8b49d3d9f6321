"""In the streets of Port Ansel."""

from __future__ import annotations

import math

from newsletter.demo.painting import (
    HEIGHT,
    WIDTH,
    Canvas,
    Colour,
    box,
    canvas,
    ellipses,
    glitter,
    glow,
    hills,
    mist,
    numbers,
    polygon,
    stars,
    strokes,
)

WARM: Colour = (255, 214, 140)
NIGHT: Colour = (14, 22, 38)


def library() -> Canvas:
    """Tall lit windows over wet paving."""
    picture = canvas((18, 28, 52), (44, 58, 88), (92, 96, 116))
    stone: Colour = (36, 40, 56)
    box(picture, (110, 150, 1090, 520), stone)
    polygon(picture, [(90, 152), (1110, 152), (980, 84), (220, 84)], (120, 140, 150))
    strokes(picture, [[(220 + n * 40, 84), (90 + n * 53.7, 152)] for n in range(20)], (70, 88, 104), 3)
    glow(picture, 600, 120, 420, (70, 66, 40))
    for x in range(134, 1020, 108):
        _window(picture, x, 215)
    box(picture, (90, 146, 1110, 160), (52, 56, 72))
    box(picture, (0, 520, WIDTH, HEIGHT), (22, 26, 40))
    for x in range(134, 1020, 108):
        glitter(picture, x + 34, 520, (246, 196, 112), f"window-{x}", spread=34)
    glow(picture, 600, 400, 600, (46, 34, 12))
    _readers(picture)
    return picture


def _window(picture: Canvas, x: float, y: float) -> None:
    box(picture, (x, y + 34, x + 68, y + 270), (250, 206, 124))
    ellipses(picture, [(x, y, x + 68, y + 68)], (250, 206, 124))
    for row, shade in enumerate(((216, 160, 84), (190, 132, 70), (206, 146, 76))):
        for book in range(8):
            height = 26 + (book * 7 + row * 5 + int(x)) % 13
            foot = y + 150 + row * 50
            box(picture, (x + 3 + book * 8, foot - height, x + 9 + book * 8, foot), shade)
    frame = [[(x + 34, y), (x + 34, y + 270)], [(x, y + 92), (x + 68, y + 92)], [(x, y + 160), (x + 68, y + 160)]]
    strokes(picture, frame, (58, 46, 40), 4)


def _readers(picture: Canvas) -> None:
    for x, height in ((255, 74), (640, 82), (676, 70)):
        ellipses(picture, [(x - 8, 520 - height, x + 8, 536 - height)], NIGHT)
        polygon(picture, [(x - 12, 538 - height), (x + 12, 538 - height), (x + 16, 532), (x - 16, 532)], NIGHT)


def stadium() -> Canvas:
    """A floodlit ground by the water."""
    picture = canvas((10, 18, 34), (22, 40, 66), (46, 78, 98))
    stars(picture, "derby", number=90, below=260)
    hills(picture, 360, 70, (16, 28, 46), "upper anse")
    polygon(picture, [(60, 420), (1140, 420), (1060, 350), (140, 350)], (30, 38, 56))
    _crowd(picture)
    polygon(picture, [(130, 440), (1070, 440), (1290, HEIGHT), (-90, HEIGHT)], (46, 124, 62))
    for n in range(0, 10, 2):
        left, right = -90 + n * 138, -90 + (n + 1) * 138
        polygon(
            picture, [(130 + n * 94, 440), (224 + n * 94, 440), (right, HEIGHT), (left, HEIGHT)], (56, 142, 72)
        )
    lines = [
        [(600, 440), (600, HEIGHT)],
        [(130, 441), (1070, 441)],
        [(130, 440), (-90, HEIGHT)],
        [(1070, 440), (1290, HEIGHT)],
    ]
    circle = [(600 + 120 * math.cos(a / 20), 540 + 42 * math.sin(a / 20)) for a in range(127)]
    strokes(picture, [*lines, circle], (226, 240, 226), 3, 210)
    for x in (110, 420, 780, 1090):
        _floodlight(picture, x)
    ellipses(picture, [(706, 566, 720, 580)], (250, 250, 244))
    mist(picture, 430, 90, (150, 180, 180), 60)
    return picture


def _crowd(picture: Canvas) -> None:
    values = numbers("crowd")
    shades: tuple[Colour, ...] = ((190, 70, 60), (226, 216, 196), (70, 110, 150), (120, 120, 140))
    for shade in shades:
        spots = [(120 + next(values) * 960, 362 + next(values) * 62) for _ in range(190)]
        ellipses(picture, [(x, y, x + 6, y + 7) for x, y in spots], shade, 200)


def _floodlight(picture: Canvas, x: float) -> None:
    strokes(picture, [[(x, 420), (x, 130)]], (70, 82, 100), 6)
    polygon(picture, [(x, 150), (x - 230, 640), (x + 230, 640)], (214, 236, 226), 14)
    glow(picture, x, 120, 210, (120, 140, 130))
    for row in range(3):
        ellipses(
            picture,
            [(x - 42 + n * 22, 92 + row * 20, x - 26 + n * 22, 108 + row * 20) for n in range(4)],
            (252, 255, 244),
        )


def sallow_lane() -> Canvas:
    """An avenue in autumn."""
    picture = canvas((150, 190, 212), (232, 220, 190), (250, 226, 170))
    glow(picture, 600, 330, 420, (90, 60, 10))
    box(picture, (0, 380, WIDTH, HEIGHT), (122, 132, 84))
    polygon(picture, [(570, 380), (630, 380), (1000, HEIGHT), (200, HEIGHT)], (206, 190, 160))
    for n in range(9):
        size = 0.12 + (n / 8) ** 2.2 * 1.15
        offset, foot = 44 + size * 420, 384 + size * 210
        _tree(picture, 600 - offset, foot, size, n)
        _tree(picture, 600 + offset, foot, size, n + 20)
    for x in (560, 640):
        polygon(picture, [(x - 4, 470), (x + 4, 470), (x + 6, 506), (x - 6, 506)], (60, 60, 72))
        ellipses(picture, [(x - 4, 460, x + 4, 469)], (60, 60, 72))
    return picture


def _tree(picture: Canvas, x: float, foot: float, size: float, seed: int) -> None:
    shadow: Colour = (80, 92, 60)
    ellipses(picture, [(x - 120 * size, foot - 14 * size, x + 190 * size, foot + 16 * size)], shadow, 110)
    box(picture, (x - 13 * size, foot - 170 * size, x + 13 * size, foot), (76, 60, 52))
    values = numbers(f"tree-{seed}")
    for shade in ((136, 104, 40), (180, 132, 48), (214, 160, 64), (232, 188, 92)):
        colour: Colour = (shade[0], shade[1], shade[2])
        spots = [(next(values), next(values), next(values)) for _ in range(12)]
        ellipses(
            picture,
            [
                (left - r, top - r, left + r, top + r)
                for a, b, c in spots
                for left, top, r in [
                    (x + (a - 0.5) * 190 * size, foot - (250 + (b - 0.5) * 170) * size, (28 + 34 * c) * size)
                ]
            ],
            colour,
            235,
        )


def lamplighter() -> Canvas:
    """Lamps on a hill road in the blue hour."""
    picture = canvas((20, 36, 78), (54, 84, 138), (140, 150, 180), (214, 180, 170))
    hills(picture, 470, 160, (34, 50, 90), "lantern hill")
    values = numbers("roofs")
    for x in range(-20, 1220, 74):
        top = 470 + int(next(values) * 90)
        box(picture, (x, top, x + 70, HEIGHT), (22, 30, 56))
        polygon(picture, [(x - 6, top), (x + 76, top), (x + 35, top - 44)], (18, 24, 46))
        if next(values) > 0.4:
            box(picture, (x + 24, top + 26, x + 40, top + 48), WARM)
    for n in range(8):
        x, y = 90 + n * 150, 520 - 30 * n + 8 * n * n / 2
        strokes(picture, [[(x, y + 150), (x, y - 60)]], NIGHT, 5)
        glow(picture, x, y - 66, 92, (170, 120, 50))
        ellipses(picture, [(x - 9, y - 76, x + 9, y - 58)], (255, 236, 190))
    return picture


def puppets() -> Canvas:
    """A small stage seen over heads."""
    picture = canvas((18, 10, 16), (34, 16, 22), (16, 10, 14))
    box(picture, (300, 120, 900, 470), (246, 206, 130))
    glow(picture, 600, 300, 420, (120, 70, 20))
    hills(picture, 400, 60, (200, 140, 80), "scenery", foot=470)
    box(picture, (0, 470, WIDTH, HEIGHT), (20, 12, 16))
    for left, right in ((0, 300), (900, WIDTH)):
        box(picture, (left, 100, right, 480), (22, 12, 18))
    for side in (-1, 1):
        for n in range(5):
            x = 600 + side * (310 - n * 24)
            polygon(picture, [(x - 18, 110), (x + 18, 110), (x + 24, 474), (x - 24, 474)], (150 - n * 14, 34, 40))
    for x in range(290, 911, 62):
        ellipses(picture, [(x - 34, 80, x + 34, 156)], (168, 40, 44))
    box(picture, (250, 70, 950, 118), (96, 30, 34))
    _king(picture, 600, 330)
    heads = numbers("heads")
    for x in range(30, 1200, 88):
        r, y = 34 + next(heads) * 16, 590 + next(heads) * 40
        ellipses(
            picture, [(x - r, y - r, x + r, y + r), (x - r * 1.7, y + r * 0.7, x + r * 1.7, y + r * 4)], (8, 5, 8)
        )
    return picture


def _king(picture: Canvas, x: float, y: float) -> None:
    dark: Colour = (60, 30, 40)
    strokes(
        picture,
        [[(x - 30, y), (x - 60, 118)], [(x + 30, y), (x + 60, 118)], [(x, y - 90), (x, 118)]],
        (90, 60, 40),
        2,
    )
    polygon(picture, [(x - 26, y - 30), (x + 26, y - 30), (x + 58, y + 120), (x - 58, y + 120)], (70, 60, 130))
    strokes(picture, [[(x - 20, y - 16), (x - 62, y + 20)], [(x + 20, y - 16), (x + 70, y - 20)]], dark, 12)
    ellipses(picture, [(x - 26, y - 84, x + 26, y - 26)], (176, 112, 84))
    polygon(
        picture,
        [
            (x - 28, y - 74),
            (x - 28, y - 112),
            (x - 12, y - 92),
            (x, y - 118),
            (x + 12, y - 92),
            (x + 28, y - 112),
            (x + 28, y - 74),
        ],
        (232, 180, 60),
    )
