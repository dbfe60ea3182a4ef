// Draws the figures of a page in the style sheet's colours, again when they change (dark, print).
"use strict";
(() => {
  const phone = matchMedia("(max-width: 760px)");
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  function dressed(figure, box) {
    const {ink, quiet, line, accent, agent} = Object.fromEntries(["ink", "quiet", "line", "accent", "agent"].map((n) => [n, css(n)]));
    const looks = {
      bar: {marker: {color: accent}, textposition: "none", hovertemplate: "%{text}: <b>%{y}</b><extra></extra>"},
      course: {line: {color: agent, width: 1.2}, opacity: 0.55, hoverinfo: "skip"},
      turn: {line: {color: agent, width: 5}, hovertemplate: "%{text}<extra></extra>"},
    };
    const gutter = parseInt(css("gutter"), 10);
    const axis = {color: quiet, gridcolor: line, zerolinecolor: line, linecolor: line, fixedrange: true, automargin: false, ticks: ""};
    const layout = {
      ...figure.layout, autosize: true, showlegend: false, dragmode: false, bargap: 0.12, hovermode: "closest",
      paper_bgcolor: "transparent", plot_bgcolor: "transparent",
      font: {family: getComputedStyle(document.body).fontFamily, size: 12, color: quiet},
      margin: figure.panels ? {l: gutter, r: 0, t: 4, b: 22, pad: 0} : {l: 36, r: 16, t: 8, b: 44},
      hoverlabel: {bgcolor: css("surface"), bordercolor: line, font: {color: ink, size: 13}},
    };
    for (const [name, given] of Object.entries(figure.layout)) {
      layout[name] = {...axis, ...given};
      if (name.startsWith("yaxis") && figure.panels) {
        layout[name].nticks = 4;
        layout[name].zerolinecolor = quiet;
        layout[name].zerolinewidth = 1;
        layout[name].title = {...given.title, standoff: 4, font: {size: phone.matches ? 9 : 11}};
      }
    }
    if (figure.panels) Object.assign(layout.xaxis, {showgrid: true, zeroline: false, anchor: "free", position: 0});
    else Object.assign(layout.xaxis, {showgrid: false, title: {...layout.xaxis.title, standoff: 6}});
    return [figure.data.map((trace) => ({...trace, ...looks[trace.meta]})), layout];
  }

  const boxes = [...document.querySelectorAll(".chart")].map((box) => [box, JSON.parse(document.getElementById(box.dataset.figure).textContent)]);
  const draw = () => boxes.forEach(([box, figure]) => Plotly.react(box, ...dressed(figure, box), {displayModeBar: false, responsive: true}));
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  phone.addEventListener("change", draw);
  matchMedia("print").addEventListener("change", draw);
})();
