"""Dark, light and colour-blind themes. State is never told by colour alone, so a theme changes only comfort.

The colour-blind theme separates good from bad by blue against orange (Okabe and Ito's palette), which
every common form of colour vision tells apart. Text of every tone has a contrast of 4.5 to 1 or more on
the background (WCAG 2 AA).
"""

from textual.theme import Theme

DARK = Theme(
    name="alfred-dark",
    primary="#7aa2f7",
    secondary="#9d7cd8",
    accent="#e0af68",
    success="#9ece6a",
    warning="#ff9e64",
    error="#f7768e",
    foreground="#c8d0f0",
    background="#16161e",
    surface="#1c1d29",
    panel="#24263a",
    dark=True,
)
LIGHT = Theme(
    name="alfred-light",
    primary="#1f5fbf",
    secondary="#6b3fa0",
    accent="#7d5200",
    success="#17692e",
    warning="#9a4b00",
    error="#b3261e",
    foreground="#1f2328",
    background="#fbfbfd",
    surface="#f1f2f6",
    panel="#e6e8ef",
    dark=False,
)
COLOUR_BLIND = Theme(
    name="alfred-colour-blind",
    primary="#8ab8e6",
    secondary="#cc79a7",
    accent="#f0e442",
    success="#56b4e9",
    warning="#f0e442",
    error="#e69f00",
    foreground="#e8e8e8",
    background="#101014",
    surface="#191920",
    panel="#23232c",
    dark=True,
)
THEMES = (DARK, LIGHT, COLOUR_BLIND)
