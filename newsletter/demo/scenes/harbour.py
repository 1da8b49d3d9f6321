"""On the water, beside it and under it."""

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
    ripples,
    sea,
    stars,
    strokes,
)

WARM: Colour = (255, 214, 140)
NIGHT: Colour = (14, 22, 38)


def night_ferry() -> Canvas:
    """A lit ferry at dusk."""
    picture = canvas((24, 34, 66), (86, 70, 108), (226, 128, 96), (250, 196, 132))
    glow(picture, 860, 395, 420, (170, 90, 40), core=0)
    glow(picture, 860, 388, 120, (255, 190, 110), core=34)
    sea(picture, 420, (16, 24, 46), (150, 96, 98))
    hills(picture, 425, 60, (58, 48, 82), "islands", foot=421)
    ripples(picture, 420, (255, 190, 150), "dusk")
    glitter(picture, 860, 420, (255, 214, 150), "sun")
    _ferry(picture, 170, 470)
    return picture


def _ferry(picture: Canvas, x: float, y: float) -> None:
    dark: Colour = (18, 22, 40)
    polygon(picture, [(x, y - 6), (x + 500, y - 6), (x + 470, y + 44), (x + 46, y + 44)], dark)
    box(picture, (x + 58, y - 50, x + 410, y), (28, 32, 54))
    box(picture, (x + 110, y - 88, x + 350, y - 48), (34, 38, 62))
    polygon(picture, [(x + 268, y - 150), (x + 316, y - 150), (x + 328, y - 86), (x + 262, y - 86)], (150, 52, 44))
    strokes(picture, [[(x + 160, y - 88), (x + 160, y - 176)]], dark, 4)
    for left in range(74, 396, 27):
        box(picture, (x + left, y - 38, x + left + 16, y - 18), WARM)
    for left in range(124, 250, 27):
        box(picture, (x + left, y - 76, x + left + 16, y - 60), WARM)
    glow(picture, x + 230, y - 30, 230, (90, 62, 20))
    glitter(picture, x + 240, int(y) + 46, WARM, "windows", spread=190)
    ellipses(picture, [(x + 155, y - 182, x + 165, y - 172)], (255, 240, 210))


def shipyard() -> Canvas:
    """Cranes against an evening sky."""
    picture = canvas((64, 52, 84), (186, 84, 70), (244, 148, 72), (255, 212, 130))
    glow(picture, 330, 420, 460, (150, 80, 20), core=0)
    glow(picture, 330, 420, 150, (255, 200, 110), core=58)
    sea(picture, 520, (40, 30, 48), (214, 124, 84))
    ripples(picture, 520, (255, 214, 150), "yard")
    glitter(picture, 330, 520, (255, 226, 160), "yard-sun", spread=90)
    dark: Colour = (34, 24, 40)
    hills(picture, 522, 36, (110, 58, 70), "far quay", foot=522)
    polygon(picture, [(560, 560), (WIDTH, 540), (WIDTH, HEIGHT), (470, HEIGHT)], dark)
    for x, size in ((690, 1.0), (985, 1.28)):
        _crane(picture, x, 556, size, dark)
    polygon(picture, [(600, 560), (900, 552), (930, 470), (560, 486)], (58, 36, 52))
    return picture


def _crane(picture: Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    def at(dx: float, dy: float) -> tuple[float, float]:
        return x + dx * size, y - dy * size

    legs = [
        [at(-46, 0), at(-14, 190)],
        [at(46, 0), at(14, 190)],
        [at(-40, 50), at(40, 50)],
        [at(-28, 110), at(28, 110)],
    ]
    braces = [[at(-46, 0), at(40, 50)], [at(-40, 50), at(28, 110)], [at(-28, 110), at(14, 190)]]
    jib = [[at(-110, 205), at(250, 330)], [at(-100, 190), at(250, 316)], [at(0, 190), at(0, 300)]]
    stays = [[at(0, 300), at(240, 325)], [at(0, 300), at(-108, 205)], [at(244, 322), at(244, 180)]]
    lattice = [[at(-100 + 25 * n, 192 + 9 * n), at(-88 + 25 * n, 210 + 9 * n)] for n in range(14)]
    strokes(picture, legs, colour, int(8 * size))
    strokes(picture, jib, colour, int(6 * size))
    strokes(picture, [*braces, *stays, *lattice], colour, int(3 * size))
    polygon(picture, [at(-26, 190), at(26, 190), at(26, 232), at(-26, 232)], colour)
    polygon(picture, [at(-128, 186), at(-88, 190), at(-88, 226), at(-128, 222)], colour)
    polygon(picture, [at(232, 180), at(256, 180), at(250, 162), at(238, 162)], colour)


def fog_horn() -> Canvas:
    """A lighthouse in fog."""
    picture = canvas((72, 96, 112), (138, 160, 166), (206, 212, 204), (176, 188, 186))
    polygon(picture, [(842, 196), (-40, 60), (-40, 300)], (255, 246, 214), 70)
    polygon(picture, [(842, 196), (1240, 150), (1240, 262)], (255, 246, 214), 70)
    sea(picture, 500, (74, 98, 106), (168, 182, 180))
    ripples(picture, 500, (226, 232, 226), "fog")
    hills(picture, 470, 60, (150, 168, 170), "far cape", foot=502)
    polygon(
        picture,
        [(620, 560), (700, 500), (790, 452), (900, 448), (1010, 476), (WIDTH, 520), (WIDTH, 620)],
        (52, 66, 72),
    )
    mist(picture, 505, 120, (208, 216, 212), 170)
    _lighthouse(picture, 842, 452)
    mist(picture, 400, 90, (216, 222, 216), 120)
    mist(picture, 600, 140, (190, 202, 200), 120)
    glow(picture, 842, 196, 170, (140, 128, 90), core=9)
    return picture


def _lighthouse(picture: Canvas, x: float, foot: float) -> None:
    for n in range(5):
        top, bottom = foot - 46 * (n + 1), foot - 46 * n
        upper, lower = 34 - 3.2 * (n + 1), 34 - 3.2 * n
        colour: Colour = (176, 62, 52) if n % 2 else (232, 232, 224)
        polygon(picture, [(x - upper, top), (x + upper, top), (x + lower, bottom), (x - lower, bottom)], colour)
    box(picture, (x - 26, foot - 238, x + 26, foot - 230), (40, 46, 52))
    box(picture, (x - 14, foot - 270, x + 14, foot - 238), (255, 240, 190))
    polygon(picture, [(x - 20, foot - 270), (x + 20, foot - 270), (x, foot - 294)], (40, 46, 52))


def rowing() -> Canvas:
    """Four boats in the early morning."""
    picture = canvas((138, 176, 200), (206, 206, 206), (250, 220, 190))
    glow(picture, 260, 300, 330, (80, 50, 30))
    ellipses(picture, [(222, 216, 298, 292)], (255, 244, 220))
    sea(picture, 330, (70, 116, 140), (232, 208, 190))
    hills(picture, 330, 90, (126, 146, 164), "mole", foot=332)
    hills(picture, 336, 44, (90, 112, 132), "near mole", foot=334)
    ripples(picture, 334, (255, 244, 230), "morning")
    glitter(picture, 260, 334, (255, 240, 214), "morning-sun", spread=80)
    for x, y, size in ((640, 386, 0.5), (280, 428, 0.75), (720, 492, 1.05), (180, 584, 1.5)):
        _boat(picture, x, y, size)
    return picture


def _boat(picture: Canvas, x: float, y: float, size: float) -> None:
    dark: Colour = (30, 46, 64)
    strokes(
        picture, [[(x - 330 * size, y + 16 * size), (x, y + 6 * size)]], (255, 250, 240), int(4 * size) or 1, 130
    )
    polygon(
        picture,
        [
            (x - 20 * size, y),
            (x + 330 * size, y - 4 * size),
            (x + 290 * size, y + 10 * size),
            (x + 10 * size, y + 10 * size),
        ],
        dark,
    )
    for n in range(4):
        seat = x + (60 + n * 58) * size
        strokes(picture, [[(seat, y), (seat - 12 * size, y - 30 * size)]], dark, int(12 * size))
        ellipses(picture, [(seat - 20 * size, y - 48 * size, seat - 4 * size, y - 32 * size)], dark)
        strokes(
            picture,
            [[(seat, y - 14 * size), (seat + 66 * size, y + 30 * size)]],
            (70, 60, 58),
            max(1, int(3 * size)),
        )


def seagrass() -> Canvas:
    """Under water, among the blades."""
    picture = canvas((120, 206, 200), (44, 142, 150), (16, 84, 104), (10, 50, 66))
    for x in range(-100, 1300, 190):
        polygon(picture, [(x, -10), (x + 70, -10), (x + 320, HEIGHT), (x + 90, HEIGHT)], (220, 255, 240), 20)
    hills(picture, 640, 40, (30, 70, 70), "bottom")
    for shade, seed, reach in (
        ((18, 92, 84), "far", 0.6),
        ((28, 120, 82), "middle", 0.8),
        ((52, 150, 84), "near", 1.0),
    ):
        _blades(picture, shade, seed, reach)
    _seahorse(picture, 770, 330)
    bubbles = numbers("bubbles")
    spots = [(next(bubbles) * WIDTH, next(bubbles) * 420, 2 + next(bubbles) * 5) for _ in range(34)]
    ellipses(picture, [(x - r, y - r, x + r, y + r) for x, y, r in spots], (226, 255, 250), 90)
    return picture


def _blades(picture: Canvas, colour: Colour, seed: str, reach: float) -> None:
    values = numbers(seed)
    for _ in range(46):
        x, height, lean = next(values) * WIDTH, (180 + 230 * next(values)) * reach, (next(values) - 0.35) * 120
        width = 7 + 7 * next(values)
        steps = [n / 10 for n in range(11)]
        left = [(x + lean * t * t + 14 * math.sin(t * 5 + x), HEIGHT - height * t) for t in steps]
        right = [(px + width * (1 - t), py) for (px, py), t in zip(left, steps, strict=True)]
        polygon(picture, [*left, *reversed(right)], colour)


def _seahorse(picture: Canvas, x: float, y: float) -> None:
    gold: Colour = (246, 190, 84)
    spine = [
        (8, -70),
        (14, -40),
        (34, 0),
        (36, 40),
        (16, 80),
        (2, 112),
        (10, 140),
        (30, 146),
        (36, 128),
        (24, 122),
    ]
    widths = (20, 24, 34, 36, 26, 16, 11, 8, 6, 5)
    ellipses(
        picture,
        [
            (x + dx - w / 2, y + dy - w / 2, x + dx + w / 2, y + dy + w / 2)
            for (dx, dy), w in zip(spine, widths, strict=True)
        ],
        gold,
    )
    for (start, first), (end, last) in zip(
        list(zip(spine, widths, strict=True))[:-1], list(zip(spine, widths, strict=True))[1:], strict=True
    ):
        strokes(picture, [[(x + start[0], y + start[1]), (x + end[0], y + end[1])]], gold, (first + last) // 2)
    ellipses(picture, [(x - 14, y - 100, x + 24, y - 62)], gold)
    strokes(picture, [[(x - 4, y - 78), (x - 44, y - 66)]], gold, 10)
    polygon(picture, [(x + 46, y), (x + 74, y + 10), (x + 70, y + 42), (x + 48, y + 44)], (255, 220, 140), 220)
    ellipses(picture, [(x - 4, y - 88, x + 5, y - 79)], (30, 40, 40))


def tide() -> Canvas:
    """A chart of a spring's tides."""
    picture = canvas((14, 40, 66), (10, 28, 50))
    grid = [[(x, 60), (x, 615)] for x in range(80, 1180, 80)] + [[(60, y), (1140, y)] for y in range(75, 640, 60)]
    strokes(picture, grid, (90, 130, 160), 1, 90)
    curve = [
        (x, 350 - (70 + 55 * math.sin(x / 170)) * math.sin(x / 11.5) - (x - 600) * 0.05)
        for x in range(60, 1141, 1)
    ]
    polygon(picture, [(60, 615), *curve, (1140, 615)], (70, 140, 176), 60)
    strokes(picture, [curve], (240, 248, 250), 3)
    strokes(picture, [[(60, 390), (1140, 316)]], (250, 160, 80), 5)
    ellipses(picture, [(1128, 304, 1152, 328)], (250, 160, 80))
    return picture


def dark_nights() -> Canvas:
    """A comet over a headland."""
    picture = canvas((8, 12, 34), (18, 34, 70), (60, 84, 118), (196, 156, 130))
    stars(picture, "comet", number=340, below=430)
    for n in range(26):
        spread = n * 2.6
        polygon(picture, [(790, 300), (330 + n * 9, 20 + spread), (352 + n * 9, 8 + spread)], (196, 224, 255), 9)
    glow(picture, 790, 300, 120, (150, 170, 190), core=7)
    sea(picture, 500, (20, 28, 52), (150, 128, 124))
    ripples(picture, 500, (226, 196, 170), "before dawn")
    polygon(picture, [(0, 430), (130, 400), (300, 440), (420, 470), (560, 502), (0, 520)], NIGHT)
    box(picture, (172, 372, 216, 412), NIGHT)
    ellipses(picture, [(168, 346, 220, 398)], NIGHT)
    glow(picture, 790, 505, 60, (60, 70, 80))
    return picture
