// Sorts and filters the list of calls.
"use strict";
(() => {
  const table = document.getElementById("calls");
  if (!table) return;
  const body = table.tBodies[0], rows = [...body.rows];
  const words = JSON.parse(document.getElementById("words").textContent);
  const [search, agent, team, night] = ["search", "agent", "team", "night"].map((id) => document.getElementById(id));
  const cell = (row, column) => row.cells[column].dataset.v;

  function sort(button) {
    const head = button.closest("th"), column = Number(button.dataset.sort), numeric = button.dataset.type === "number";
    const up = head.getAttribute("aria-sort") !== "ascending";
    table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const compare = numeric ? (a, b) => a - b : (a, b) => a.localeCompare(b, document.documentElement.lang, {numeric: true});
    rows.sort((one, other) => {
      const a = cell(one, column), b = cell(other, column);
      if (!a || !b) return (a ? 0 : 1) - (b ? 0 : 1); // what has no value stays at the end
      return up ? compare(a, b) : compare(b, a);
    });
    body.append(...rows);
  }

  function filter() {
    const wanted = search.value.trim().toLocaleLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits = (!wanted || [0, 2, 3].some((column) => cell(row, column).toLocaleLowerCase().includes(wanted)))
        && (!agent?.value || cell(row, 2) === agent.value) && (!team?.value || cell(row, 3) === team.value)
        && !(night?.checked && "earlier" in row.dataset);
      row.hidden = !fits;
      shown += fits;
    }
    document.getElementById("shown").textContent = words.shown.replace("{shown}", shown).replace("{all}", rows.length);
    document.getElementById("nothing").hidden = shown > 0;
  }

  table.tHead.addEventListener("click", (event) => { const button = event.target.closest("button"); if (button) sort(button); });
  [search, agent, team, night].forEach((field) => field?.addEventListener("input", filter));
  filter();
})();
