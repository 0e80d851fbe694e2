"""Colours of the figures, for a light page and a dark one, in one SVG.

matplotlib writes the light ones. A style in the SVG turns each into its dark partner where the
reader's system asks for dark. Blue and orange differ for every kind of colour blindness.
"""

from typing import Any

GROUND, TEXT = "#ffffff", "#1f2328"  # as on GitHub's pages
MUTED = "#6e7781"  # what others are compared with: levels, edges of cells
BLUE, ORANGE = "#0060b0", "#b34a00"  # curves, and text about them
BLUE_FILL, ORANGE_FILL = "#4594d8", "#d67a28"  # areas that TEXT can stand on
DARK = {
    GROUND: "#0d1117",
    TEXT: "#f0f6fc",
    MUTED: "#8b949e",
    BLUE: "#58b6f5",
    ORANGE: "#f0913a",
    BLUE_FILL: "#2566ab",
    ORANGE_FILL: "#96500f",
}
SIZE = 12  # points are 16 pixels, as the text of GitHub's pages
WIDEST = 8.6  # inches are 826 pixels; GitHub's column has 830, and shrinks what is wider


def settings() -> dict[str, Any]:
    """matplotlib's, so that what a drawing leaves open is drawn in these colours and sizes."""
    from cycler import cycler

    coloured = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    sized = ("axes.titlesize", "axes.labelsize", "figure.titlesize", "legend.fontsize")
    return {
        **dict.fromkeys(coloured, TEXT),
        **dict.fromkeys((*sized, "xtick.labelsize", "ytick.labelsize", "font.size"), SIZE),
        "figure.facecolor": GROUND,
        "axes.facecolor": "none",
        "axes.prop_cycle": cycler(color=[BLUE, ORANGE, TEXT]),
    }


def for_both(svg: str) -> str:
    """The same SVG with a style that follows the reader's choice of light or dark."""
    rules = (
        f'[style*="{what}: {light}"] {{ {what}: {dark} !important }}'
        for light, dark in DARK.items()
        for what in ("fill", "stroke")
    )
    dark = "\n".join(["@media (prefers-color-scheme: dark) {", *rules, "}"])
    # Without the first line a browser that shows nothing but the figure leaves a white page.
    style = f":root {{ color-scheme: light dark }}\n{dark}\n</style>"
    return svg.replace("</style>", style, 1)
