"""The words of the pages in one language, and numbers, times and dates as they are written in it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

LANGUAGES = ("de", "en")
NBSP = "\u00a0"
MINUS = "\u2212"
DECIMALS = {"share": 0, "count": 0, "s": 1, "st": 1, "dB": 1, "1/min": 1}
SIGNED = ("st", "dB")
"""Units of differences: written with their sign."""


@cache
def table(language: str) -> Mapping[str, Any]:
    """The text file of a language."""
    return tomllib.loads((resources.files("reports") / "text" / f"{language}.toml").read_text(encoding="utf-8"))


class Texts:
    """Words and numbers of one language; times are shown in `zone`."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.language = language
        self.zone = zone
        self._table = table(language)

    def __call__(self, key: str, **values: Any) -> str:
        """A text of `[page]` with its gaps filled.

        Values are put in as they are: a brace in one of them stays a brace. A text with a singular and a plural goes by `count`.

        >>> Texts("de", ZoneInfo("UTC"))("more_moments", count=2)
        '2 weitere Stellen'
        """
        text = self._table["page"][key]
        return str(text if isinstance(text, str) else text[0 if values["count"] == 1 else 1]).format(**values)

    def word(self, group: str, key: str | None) -> str:
        """The word for a code of the tables; an unknown code is shown as it is."""
        return str(self._table[group].get(key, key or self("unknown")))

    def group(self, name: str) -> Mapping[str, Any]:
        """All texts of a group."""
        return self._table[name]  # type: ignore[no-any-return]

    def metric(self, metric: str | None, part: str = "name") -> str:
        """Name or short description (`about`) of a metric."""
        return str(self._table["metric"].get(metric, {}).get(part, (metric or "") if part == "name" else ""))

    def number(self, value: float, decimals: int = 0, signed: bool = False) -> str:
        """A number with the language's decimal sign.

        >>> Texts("de", ZoneInfo("UTC")).number(-1.25, 1)
        '−1,2'
        """
        text = f"{abs(value):.{decimals}f}"
        sign = "" if not text.strip("0.") else MINUS if value < 0 else "+" if signed else ""
        return sign + text.replace(".", self._table["number"]["decimal"])

    def quantity(self, value: float, unit: str, metric: str | None = None) -> str:
        r"""A number with its unit.

        >>> texts = Texts("de", ZoneInfo("UTC"))
        >>> texts.quantity(0.434, "share"), texts.quantity(2.04, "st"), texts.quantity(1, "count")
        ('43\xa0%', '+2,0\xa0Halbtöne', '1\xa0Mal')
        """
        units = self._table["unit"]
        if unit == "s" and abs(value) >= 100:
            return f"{clock(value)}{NBSP}{units['min']}"
        decimals = 0 if metric in units else DECIMALS.get(unit, 1)
        number = self.number(value * 100 if unit == "share" else value, decimals, unit in SIGNED)
        return f"{number}{NBSP}{self._unit(unit if metric not in units else str(metric), number)}"

    def _unit(self, unit: str, number: str) -> str:
        words = self._table["unit"].get(unit, unit)
        return str(words if isinstance(words, str) else words[0 if number == "1" else 1])

    def points(self, value: float) -> str:
        """Points with their word."""
        number = self.number(value)
        return f"{number}{NBSP}{self._unit('points', number)}"

    def share(self, value: float) -> str:
        """A share as a percentage."""
        return self.quantity(value, "share")

    def length(self, seconds: float) -> str:
        """A length of time in hours and minutes, or minutes and seconds."""
        units = self._table["unit"]
        if seconds >= 3600:
            minutes = round(seconds / 60)
            return f"{minutes // 60}:{minutes % 60:02d}{NBSP}{units['h']}"
        return f"{clock(seconds)}{NBSP}{units['min']}"

    def date(self, moment: datetime) -> str:
        """The day in the pages' time zone."""
        local = moment.astimezone(self.zone)
        return str(self._table["number"]["date"]).format(day=local.day, month=local.month, year=local.year)

    def time(self, moment: datetime) -> str:
        """Hours and minutes in the pages' time zone."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def moment(self, moment: datetime | None) -> str:
        """Day and time of day."""
        return f"{self.date(moment)}, {self.time(moment)}" if moment else self("unknown")

    def role_reason(self, reason: str | None) -> str:
        """The reason of the roles, which `analyzers.roles` gives in English."""
        reason = reason or ""
        for known, said in self._table["role_reason"].items():
            reason = reason.replace(known, said)
        return reason


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds.

    >>> clock(75.4), clock(3600)
    ('1:15', '60:00')
    """
    sign, seconds = (MINUS, -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{int(seconds) // 60}:{int(seconds) % 60:02d}"
