"""The site of an output folder as text: nothing is written here, and audio is never opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from analyzers import rubric as rubrics
from analyzers.errors import UsageError
from analyzers.rubric import Rubric
from reports import catalogue, load
from reports.call_view import call_page
from reports.texts import LANGUAGES, Texts
from reports.view import index_page

CHARTS = "plotly.min.js"
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        # the charts library makes an empty style element and one for maps, which are known by their hashes
        "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
        "img-src 'self' data:",
        "media-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
)
"""Content security policy of every page: nothing from elsewhere, nothing inline."""


class Site(Mapping[str, str]):
    """Pages by relative path, each rendered when it is asked for, so that a large site needs little memory."""

    def __init__(self, out: Path, texts: Texts, audio: Mapping[str, str], voice: bool, rubric: Rubric) -> None:
        self._out, self._texts, self._audio, self._voice, self._rubric = out, texts, audio, voice, rubric
        self._cards = load.read_scorecards(out)
        self._calls = {f"calls/{c.name}.html": c for c in self._cards}
        self._environment = Environment(
            loader=PackageLoader("reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.globals.update(t=texts, policy=POLICY, charts=CHARTS)

    def __getitem__(self, path: str) -> str:
        if path == "index.html":
            return self._page("index.html", index_page(load.latest_run(self._out), self._cards, self._voice, self._texts), "")
        if path == "method.html":
            return self._page("method.html", catalogue.method_page(self._rubric, self._texts), "")
        card = self._calls[path]
        tables = load.read_call(self._out, card.partition, card.name)
        file = self._audio.get(card.call["call_id"])
        audio = f"../{quote(file)}" if file else ""
        return self._page("call.html", call_page(tables, audio, self._voice, self._rubric, self._texts), "../")

    def __iter__(self) -> Iterator[str]:
        return iter(["index.html", "method.html", *self._calls])

    def __len__(self) -> int:
        return 2 + len(self._calls)

    def _page(self, template: str, page: object, root: str) -> str:
        return self._environment.get_template(template).render(page=page, root=root)


def render_site(
    out: Path, language: str, audio: Mapping[str, str], voice_measures: str, *, timezone: str = "UTC", rubric: Rubric | None = None
) -> Mapping[str, str]:
    """Every page of the report of an output folder.

    Parameters
    ----------
    out : folder with the result tables.
    language : of the pages, "de" or "en".
    audio : path of each call's recording, relative to the report folder.
    voice_measures : "full"; "coaching" keeps the agent's voice out of every total and off the night's page; "off" as it was measured.
    timezone : times of day are shown in it.
    rubric : gives titles and quotes; the packaged one by default.

    Returns
    -------
    Mapping
        HTML text by path relative to the report folder, rendered when asked for.
    """
    if language not in LANGUAGES:
        raise UsageError(f"reports cannot be written in {language!r}; known languages are {', '.join(LANGUAGES)}")
    return Site(out, Texts(language, ZoneInfo(timezone)), audio, voice_measures != "coaching", rubric or rubrics.load())


def static_files() -> Mapping[str, bytes]:
    """Style sheet and scripts by path relative to the report folder."""
    from plotly.offline import get_plotlyjs

    folder = resources.files("reports") / "static"
    files = {f"static/{f.name}": f.read_bytes() for f in folder.iterdir() if f.name.endswith((".css", ".js", ".svg"))}
    return {**files, f"static/{CHARTS}": get_plotlyjs().encode()}
