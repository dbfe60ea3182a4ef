"""The report of an invented night: what is on its pages, and what must not be."""

from __future__ import annotations

import doctest
import inspect
import json
import re
import tomllib
from collections.abc import Callable
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Any, get_args
from urllib.parse import unquote

import numpy as np
import pytest

from analyzers import measure, roles, rubric, scoring
from analyzers.conversation import Kind
from analyzers.errors import REASONS, UsageError
from analyzers.metrics import METRICS
from reports import aggregate, call_view, catalogue, charts, load, texts, timeline, view
from reports.render import static_files
from reports.texts import LANGUAGES, table

SiteOf = Callable[..., Any]
MARKERS = ("<script>alert", "<img src=x", "{{ 7", "<b>Lindner")


class Page(HTMLParser):
    """Addresses, embedded data, times to play and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.data: list[str] = []
        self.starts: list[float] = []
        self.handlers: list[str] = []
        self.text = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self._inside = "data" if tag == "script" and given.get("type") == "application/json" else tag
        if tag == "script" and "src" not in given and self._inside != "data":
            self.handlers.append("inline script")
        self.handlers += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        elif given.get("src") or (tag == "link" and given.get("href")):
            self.loads.append(given.get("src") or given.get("href") or "")
        if given.get("data-start"):
            self.starts.append(float(given["data-start"] or 0))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "data":
            self.data.append(data)
        elif self._inside not in ("script", "style"):
            self.text += data


@pytest.fixture(scope="session")
def pages(night: Path, site_of: SiteOf) -> dict[str, str]:
    return dict(site_of(night, audio={"kurz": "audio/kurz.flac"}))


def page_of(pages: dict[str, str], name: str) -> Page:
    return Page(next(html for path, html in pages.items() if name in unquote(path)))


def test_a_page_for_every_call_and_every_link_leads_to_one(pages: dict[str, str]) -> None:
    there = {*pages, *static_files(), "audio/kurz.flac"}
    assert len([p for p in pages if p.startswith("calls/")]) == 6
    for path, html in pages.items():
        found = Page(html)
        for address in [*found.loads, *found.links]:
            target = unquote(address.split("#")[0])
            assert not re.match(r"[a-z]+:|//", address) or address.startswith("data:"), f"{path} leads outside: {address}"
            if target and not address.startswith("data:"):
                parts = (*Path(path).parent.parts, *Path(target).parts)
                flat: list[str] = []
                for part in parts:
                    flat = flat[:-1] if part == ".." else [*flat, part]
                assert "/".join(flat) in there, f"{path}: {address}"


def test_nothing_hostile_gets_through(pages: dict[str, str]) -> None:
    for path, html in pages.items():
        page = Page(html)
        assert page.handlers == [], f"{path}: {page.handlers}"
        outside = re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.S)
        assert not [m for m in MARKERS if m in outside and m != "{{ 7"], path
        for data in page.data:
            assert isinstance(json.loads(data), dict | list)
    hostile = page_of(pages, "alert(")
    assert '<script>alert("1")</script>' in hostile.text and "{{ 7 * 7 }}" in hostile.text, "it is shown as text"


def test_the_night_lists_calls_and_failures(pages: dict[str, str]) -> None:
    index = Page(pages["index.html"])
    for name in ("2026-11-22_1412_albers", "unsichere_rollen", "kurz", "leer.wav", "doppelt.wav"):
        assert name in index.text
    assert "gestern" in index.text, "calls of earlier nights stay in the list"
    tiles = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", pages["index.html"]))
    assert (tiles["neu bewertet"], tiles["unverändert"], tiles["nicht bewertet"]) == ("4", "1", "3")
    assert "has no bytes" in index.text


def test_moments_lie_within_the_call(pages: dict[str, str], night: Path) -> None:
    lengths = {c.name: c.call["duration_s"] for c in load.read_scorecards(night)}
    for name, length in lengths.items():
        starts = Page(pages[f"calls/{name}.html"]).starts
        assert starts and all(0 <= s <= length for s in starts)


def test_uncertain_roles_give_no_total_and_say_why(pages: dict[str, str]) -> None:
    text = page_of(pages, "unsichere_rollen").text
    assert "von 100 Punkten" not in text
    assert "56\xa0%" in text and "Keine Gesamtpunkte" in text


def test_coaching_keeps_the_voice_out_of_everything_but_the_own_page(night: Path, site_of: SiteOf) -> None:
    full, coaching = site_of(night), site_of(night, voice_measures="coaching")
    call = "calls/2026-11-22_1412_albers.html"
    assert "Halbtöne" in Page(coaching[call]).text, "practice for the agent"

    def total(site: Any, path: str) -> str:
        return re.search(r"(\d+|–)\s*von 100", Page(site[path]).text).group(1)

    assert total(full, call) != total(coaching, call), "no total contains the voice"
    assert "Halbtöne" not in Page(coaching["index.html"]).text
    for site in (full, coaching):
        assert listed_points(site["index.html"])["2026-11-22_1412_albers"] == total(site, call), "the night shows the same total"


def listed_points(index: str) -> dict[str, str]:
    """Points in the list of calls by call_id."""
    rows = re.findall(r'<th scope="row" data-v="([^"]*)">.*?<td class="number points"[^>]*><b>([^<]*)</b>', index, flags=re.S)
    return dict(rows)


def test_an_empty_folder_and_a_night_of_failures(tmp_path: Path, site_of: SiteOf) -> None:
    from tests.reports.conftest import run_row, write

    assert "index.html" in site_of(tmp_path)
    assert Page(site_of(tmp_path)["index.html"]).text
    write(tmp_path, "runs", "run-1", [run_row("a.wav", "a", "failed", "no_speech", "a.wav: nobody speaks")])
    assert "nobody speaks" in Page(site_of(tmp_path)["index.html"]).text


def test_one_call_of_an_unknown_day(tmp_path: Path, site_of: SiteOf) -> None:
    from tests.reports.conftest import CALM, make, put

    put(tmp_path, make(CALM, "allein"), minutes=None, agent=None, team=None)
    site = site_of(tmp_path)
    assert set(site) == {"index.html", "method.html", "calls/allein.html"}
    index, call = Page(site["index.html"]).text, Page(site["calls/allein.html"]).text
    assert "allein" in index and "ein Gespräch" in index and "1 Gespräche" not in index
    assert "von 100 Punkten" in call and "nicht angegeben" in call


def test_too_little_to_judge_gives_no_total(pages: dict[str, str]) -> None:
    text = page_of(pages, "kurz").text
    assert "von 100 Punkten" not in text and "Keine Gesamtpunkte" in text and "Nur 50\xa0% von dem" in text
    assert listed_points(pages["index.html"])["kurz"] == "–"


def test_every_judgement_leads_to_its_moments(pages: dict[str, str], night: Path) -> None:
    for card in load.read_scorecards(night):
        linked = {a for a in Page(pages[f"calls/{card.name}.html"]).links if a.startswith("#t=")}
        for row in load.read_call(night, card.partition, card.name).scorecard:
            assert {f"#t={e['start_s']:.1f}" for e in row["evidence"]} <= linked, row["metric"]


def test_a_nights_share_is_a_sum_over_sums(night: Path) -> None:
    cards = load.read_scorecards(night)
    rows = [r for c in cards if (r := aggregate.value(c.rows, "agent_talk_share")) and r["value"] is not None]
    wanted = sum(r["numerator"] for r in rows) / sum(r["denominator"] for r in rows)
    assert aggregate.summed_share(cards, "agent_talk_share") == pytest.approx(wanted)
    assert wanted != pytest.approx(sum(r["value"] for r in rows) / len(rows))


def test_the_method_shows_every_metric_and_rule(pages: dict[str, str]) -> None:
    page = Page(pages["method.html"])
    for metric in METRICS:
        assert f'id="{metric.id}"' in pages["method.html"]
    for principle in rubric.load().principles:
        assert principle.quote in page.text and principle.title["de"] in page.text
    assert "45\xa0% → 100" in page.text, "a pair of the rubric as it is read"


def test_a_damaged_table_and_an_unknown_language_are_one_clear_line(tmp_path: Path, site_of: SiteOf) -> None:
    with pytest.raises(UsageError, match="'fr'.*de, en"):
        site_of(tmp_path, "fr")
    broken = tmp_path / "scorecards/date=unknown/x.parquet"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no parquet")
    with pytest.raises(UsageError, match=r"x\.parquet is no result table") as caught:
        site_of(tmp_path)
    assert "\n" not in str(caught.value)


def test_own_scripts_and_styles_name_no_address() -> None:
    for path, content in static_files().items():
        if "plotly" not in path:
            text = content.decode().replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", text), path


def test_every_code_of_the_tables_has_words(night: Path) -> None:
    said = "".join(p.read_text(encoding="utf-8") for p in sorted(Path(scoring.__file__).parent.rglob("*.py")))
    codes = set(re.findall(r'(?:missing\(|note=|reason: str = |evidence, |0\.0, )"([a-z_]+)"', said))
    for function in (scoring.not_applicable, measure.lacking):
        codes |= set(re.findall(r'return "([a-z_]+)"', inspect.getsource(function)))
    assert {"no_complaint", "roles_uncertain", "never_acknowledged", "credit_not_needed", "nothing_to_divide_by"} <= codes
    for language in LANGUAGES:
        words = table(language)
        assert codes <= set(words["reason"])
        assert set(get_args(Kind)) <= set(words["kind"])
        assert set(rubric.CONDITIONS) <= set(words["condition"])
        assert {label for _, _, label in roles.WEIGHTS.values()} <= set(words["role_reason"])
        assert all({"name", "about"} <= set(words["metric"][m.id]) and m.unit in words["unit"] for m in METRICS)
        assert set(catalogue.SECTIONS) <= set(words["section"])


@pytest.mark.parametrize("module", [aggregate, call_view, catalogue, charts, load, texts, timeline, view], ids=lambda m: m.__name__)
def test_what_the_modules_say_about_themselves(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_both_languages_say_the_same() -> None:
    def keys(data: dict[str, Any], before: str = "") -> set[str]:
        return {
            k for name, value in data.items() for k in (keys(value, f"{before}{name}.") if isinstance(value, dict) else {before + name})
        }

    folder = resources.files("reports") / "text"
    de, en = (tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8")) for language in ("de", "en"))
    assert keys(de) == keys(en)
    for words in (de, en):
        assert {m.id for m in METRICS} <= set(words["metric"])
        assert set(REASONS) <= set(words["reason"])
    for principle in rubric.load().principles:
        assert set(principle.title) >= {"de", "en"} and set(principle.explanation) >= {"de", "en"}


def test_an_english_report(night: Path, site_of: SiteOf) -> None:
    index = site_of(night, "en")["index.html"]
    assert '<html lang="en"' in index and "Talk share" in index


def test_the_course_of_the_voice_is_smooth_within_turns() -> None:
    times = np.arange(100) * 0.1
    values = np.zeros(100)
    values[[20, 21, 60]] = 12.0
    values[80:] = np.nan
    out = charts.smoothed(times, values, [{"start_s": 1.0, "end_s": 4.0}, {"start_s": 5.0, "end_s": 9.9}])
    assert np.isnan(out[:10]).all() and np.isnan(out[40:50]).all() and np.isnan(out[90:]).all()
    assert (out[10:40] == 0).all() and (out[50:75] == 0).all()
