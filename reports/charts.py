"""Pictures: the geometry of the timeline as SVG paths, and figures for the charts library, without colours.

Colours and fonts belong to the style sheet; the page's script puts them in, so that light, dark and print agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reports.aggregate import Distribution
from reports.load import Row
from reports.texts import Texts, clock

Figure = dict[str, Any]
COLUMNS = 700
"""Most bars of a waveform and twice the points of a curve: as fine as a screen shows, and light."""
TICKS = 8
STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
SMOOTH = 1.5
"""s; the course of the voice is a running median over so much, as single vowels say little."""
CURVES = (("pitch", "pitch_shift_st", "st"), ("effort", "effort_shift_db", "dB"), ("level", "level_shift_db", "dB"))


def ticks(duration: float) -> list[int]:
    """Round seconds for a time axis.

    >>> ticks(100)
    [0, 15, 30, 45, 60, 75, 90]
    """
    step = next((s for s in STEPS if duration / s <= TICKS), STEPS[-1])
    return list(range(0, max(1, math.ceil(duration)), step))


def percent(seconds: float, duration: float) -> str:
    """A place on the time axis, in percent of its width."""
    return f"{min(100.0, max(0.0, 100 * seconds / duration)) if duration else 0:.2f}"


def waveform(times: Sequence[float], peaks: Sequence[float | None], speech: Sequence[tuple[float, float]], duration: float) -> str:
    """A party's waveform as one SVG path in a box 1000 wide and 2 high, where that party speaks."""
    values = np.array([0.0 if p is None else p for p in peaks], dtype=float)
    at = np.asarray(times, dtype=float)
    if not len(values) or not values.any() or not duration:
        return ""
    spoken = np.zeros(len(values), dtype=bool)
    for start, end in speech:
        spoken |= (at >= start - 0.1) & (at < end)
    values = np.where(spoken, values, 0.0)
    size = math.ceil(len(values) / COLUMNS)
    values = np.pad(values, (0, -len(values) % size)).reshape(-1, size).max(axis=1)
    top = float(values.max()) or 1.0
    width = 1000 * size * float(at[1] - at[0] if len(at) > 1 else 1) / duration
    parts = []
    for i in np.flatnonzero(values):
        height = max(0.04, 0.96 * values[i] / top)
        parts.append(f"M{i * width + width / 2:.1f} {1 - height:.2f}v{2 * height:.2f}")
    return "".join(parts)


def spans(pieces: Sequence[tuple[float, float]], duration: float) -> str:
    """Stretches of time as one SVG path in a box 1000 wide and 1 high."""
    scale = 1000 / duration if duration else 0
    return "".join(f"M{a * scale:.1f} 0h{max(0.4, (b - a) * scale):.1f}v1H{a * scale:.1f}z" for a, b in pieces)


def _thinned(values: np.ndarray[Any, Any], size: int) -> list[float | None]:
    values = np.pad(values, (0, -len(values) % size), constant_values=np.nan).reshape(-1, size)
    return [None if np.isnan(row).all() else round(float(np.nanmedian(row)), 1) for row in values]


def smoothed(times: np.ndarray[Any, Any], values: np.ndarray[Any, Any], turns: Sequence[Row]) -> np.ndarray[Any, Any]:
    """Running median of a track within each turn, NaN outside and where a third of the window is not known.

    Parameters
    ----------
    times, values : of the track, shape (n,), evenly spaced in seconds.
    """
    out = np.full(len(values), np.nan)
    half = max(1, round(SMOOTH / 2 / (times[1] - times[0]))) if len(times) > 1 else 1
    for turn in turns:
        inside = np.flatnonzero((times >= turn["start_s"]) & (times < turn["end_s"]))
        if not len(inside):
            continue
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(values[inside], half, constant_values=np.nan), 2 * half + 1)
        known = (~np.isnan(windows)).sum(axis=1) >= (2 * half + 1) / 3
        out[inside[known]] = np.nanmedian(windows[known], axis=1)
    return out


def _course(tracks: Mapping[str, list[Any]], turns: Sequence[Row], quantity: str, baseline_hz: float | None) -> np.ndarray[Any, Any] | None:
    """A track against the baseline that the turns' shifts stand on; None where nothing was kept."""
    if quantity == "pitch":
        hertz = np.array(tracks["agent_f0_hz"], dtype=float)
        return 12 * np.log2(hertz / baseline_hz) if baseline_hz and len(hertz) else None
    column, absolute = {"level": ("agent_level_dbfs", "level_dbfs"), "effort": ("agent_effort_db", None)}[quantity]
    track, at = np.array(tracks[column], dtype=float), np.array(tracks["time_s"], dtype=float)
    shift = "level_shift_db" if quantity == "level" else "effort_shift_db"
    offsets = []
    for turn in turns:
        if turn[shift] is None:
            continue
        heard = track[(at >= turn["start_s"]) & (at < turn["end_s"])]
        heard = heard[~np.isnan(heard)]
        own = turn[absolute] if absolute else (float(np.median(heard)) if len(heard) else None)
        if own is not None:
            offsets.append(own - turn[shift])
    return track - float(np.median(offsets)) if offsets and len(track) else None


def voice(turns: Sequence[Row], tracks: Mapping[str, list[Any]], duration: float, baseline_hz: float | None, texts: Texts) -> Figure | None:
    """The agent's pitch, effort and level against the own baseline, one panel each; None where there is nothing to show."""
    agent = [t for t in turns if t["role"] == "agent"]
    panels = [(name, column, unit) for name, column, unit in CURVES if any(t[column] is not None for t in agent)]
    if not panels:
        return None
    data: list[Figure] = []
    layout: Figure = {"xaxis": {"range": [0, duration], "tickvals": ticks(duration), "ticktext": [clock(t) for t in ticks(duration)]}}
    height = 1 / len(panels)
    for i, (name, column, unit) in enumerate(panels):
        axis = "" if i == 0 else str(i + 1)
        course = _course(tracks, agent, name, baseline_hz)
        if course is not None:
            course = smoothed(np.array(tracks["time_s"], dtype=float), course, agent)
            size = math.ceil(len(course) / (2 * COLUMNS))
            step = tracks["time_s"][1] - tracks["time_s"][0] if len(tracks["time_s"]) > 1 else 1
            y = _thinned(course, size)
            data.append(
                {"type": "scatter", "mode": "lines", "meta": "course", "yaxis": f"y{axis}", "x0": 0, "dx": round(size * step, 3), "y": y}
            )
        x, y, said = [], [], []
        for turn in agent:
            if turn[column] is not None:
                value = round(turn[column], 2)
                label = f"{clock(turn['start_s'])} · {texts.word('voice', name)} {texts.quantity(value, unit)}"
                x += [round(turn["start_s"], 1), round(turn["end_s"], 1), None]
                y += [value, value, None]
                said += [label, label, ""]
        data.append({"type": "scatter", "mode": "lines", "meta": "turn", "yaxis": f"y{axis}", "x": x, "y": y, "text": said})
        top = 1 - i * height
        values = [v for v in y if isinstance(v, float)]
        layout[f"yaxis{axis}"] = {
            "domain": [round(top - height * 0.8, 3), round(top - height * 0.02, 3)],
            "range": [min(-4.0, *values) - 1, max(6.0, *values) + 1],
            "title": {"text": f"{texts.word('voice', name)}<br>{texts.word('unit', unit)}"},
        }
    return {"data": data, "layout": layout, "panels": len(panels)}


def _even(scale: float, spread: Distribution) -> Figure:
    edges = [round(scale * b.start) for b in spread.bins] + [round(scale * (spread.bins[-1].end or 0))]
    return {"tickvals": edges[::2], "ticktext": [str(e) for e in edges[::2]], "range": [edges[0] - 1, edges[-1] + 1]}


def bars(spread: Distribution, labels: Sequence[str], axis: str, *, scale: float = 1) -> Figure:
    """A distribution as bars: over their ranges, or over whole numbers where the last one is open."""
    counts = [b.count for b in spread.bins]
    x = [round(scale * (b.start if spread.bins[-1].end is None else (b.start + (b.end or 0)) / 2), 3) for b in spread.bins]
    marks = {"tickvals": x, "ticktext": list(labels)} if spread.bins[-1].end is None else _even(scale, spread)
    step = max(1, math.ceil(max(counts, default=0) / 4))
    return {
        "data": [{"type": "bar", "meta": "bar", "x": x, "y": counts, "text": list(labels)}],
        "layout": {"xaxis": {"title": {"text": axis}, **marks}, "yaxis": {"rangemode": "tozero", "dtick": step}},
        "panels": 0,
    }
