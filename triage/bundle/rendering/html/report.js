"use strict";
// Sorting and filtering of the findings' lines. Without it the page says all that it says with it.
// Text of the page is only ever read and set as text.
(() => {
  const table = document.getElementById("lines");
  if (!table || !table.tBodies[0].rows.length) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const cards = [...document.querySelectorAll("article.finding")];
  const make = (name, text = "") => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };
  const values = (row, column) => {
    const found = [...row.cells[column].querySelectorAll("bdi")].map((each) => each.textContent);
    return found.length ? found : [table.dataset.none];
  };

  const panel = make("div");
  panel.className = "filters";
  const label = (title, control) => {
    const whole = make("label", title);
    control.autocomplete = "off";
    whole.append(control);
    panel.append(whole);
    return control;
  };
  const search = label(table.dataset.search, make("input"));
  search.type = "search";
  const choices = [];
  heads.forEach((head, column) => {
    if (!head.dataset.filter) return;
    const counts = new Map();
    for (const row of rows)
      for (const value of values(row, column)) counts.set(value, (counts.get(value) || 0) + 1);
    if (counts.size < 2) return;
    const select = label(head.textContent, make("select"));
    select.append(new Option(table.dataset.all, ""));
    for (const value of [...counts.keys()].sort())
      select.append(new Option(`${value} (${counts.get(value)})`, `=${value}`));
    choices.push([column, select]);
  });
  const told = make("p");
  told.setAttribute("role", "status");
  panel.append(told);
  table.parentElement.before(panel);

  const apply = () => {
    const words = search.value.toLowerCase();
    const linked = new Set();
    let left = 0;
    for (const row of rows) {
      const fits =
        (!words || row.textContent.toLowerCase().includes(words)) &&
        choices.every(([column, select]) =>
          !select.value || values(row, column).includes(select.value.slice(1)));
      row.hidden = !fits;
      left += fits;
      if (fits) linked.add(row.cells[0].firstElementChild.hash);
    }
    for (const card of cards) card.hidden = !linked.has(`#${card.id}`);
    told.textContent = left === rows.length ? "" :
      table.dataset.chosen.replace("{left}", left).replace("{all}", rows.length);
  };
  search.addEventListener("input", apply);
  for (const [, select] of choices) select.addEventListener("change", apply);

  heads.forEach((head, column) => {
    const button = make("button", head.textContent);
    button.type = "button";
    head.replaceChildren(button);
    const numeric = head.classList.contains("n");
    const key = (row) => row.cells[column].textContent;
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      const keyed = rows.map((row) => [key(row), row]);
      keyed.sort(([one], [other]) =>
        // What has no value comes last, either way.
        !one || !other ? !one - !other :
          sign * (numeric ? parseFloat(one) - parseFloat(other) : one < other ? -1 : one > other));
      body.append(...keyed.map(([, row]) => row));
    });
  });
})();
