"""The console's two themes. Colour only repeats what a word or a sign says already."""

from textual.theme import Theme

NIGHT = Theme(
    name="night-desk",
    primary="#6cb8b0",
    secondary="#8aa4c8",
    accent="#e3b565",
    success="#86c18a",
    warning="#e3b565",
    error="#ec7f86",
    foreground="#ccd3dc",
    background="#121417",
    surface="#181b1f",
    panel="#1f2328",
    dark=True,
    variables={
        "dim": "#77828f",
        "faint": "#39434f",
        "body": "#244345",
        "strong": "#f1f4f7",
        "chosen": "#2b3139",
        "lost": "#4a2026",
        "border": "#39434f",
        "block-cursor-foreground": "#f1f4f7",
        "block-cursor-background": "#2b3139",
        "input-cursor-background": "#e3b565",
        "input-cursor-foreground": "#121417",
    },
)

DAY = Theme(
    name="day-desk",
    primary="#14706a",
    secondary="#3c5f92",
    accent="#8f5a00",
    success="#26723a",
    warning="#8f5a00",
    error="#b02a2f",
    foreground="#2a3038",
    background="#faf9f5",
    surface="#f4f2ec",
    panel="#eae7de",
    dark=False,
    variables={
        "dim": "#6a6f76",
        "faint": "#c9c5ba",
        "body": "#bcd6d2",
        "strong": "#0d1116",
        "chosen": "#dde6e6",
        "lost": "#f3d4d3",
        "border": "#c9c5ba",
        "block-cursor-foreground": "#0d1116",
        "block-cursor-background": "#dde6e6",
        "input-cursor-background": "#8f5a00",
        "input-cursor-foreground": "#faf9f5",
    },
)
