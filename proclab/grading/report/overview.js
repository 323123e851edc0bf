const value = (row, column) => {
  const cell = row.cells[column];
  return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
};
const compare = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b, document.documentElement.lang);

for (const table of document.querySelectorAll(".sortable")) {
  table.tHead.addEventListener("click", ({target}) => {
    const head = target.closest("th");
    if (!head) return;
    const first = "value" in (table.tBodies[0].rows[0]?.cells[head.cellIndex].dataset ?? {}) ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => sign * compare(value(a, head.cellIndex), value(b, head.cellIndex)));
    table.tBodies[0].append(...rows);
  });
}

const find = document.getElementById("find"), status = document.getElementById("status");
const failed = document.getElementById("failed"), count = document.getElementById("count");
const people = [...document.querySelectorAll(".people tbody tr")];

function filter() {
  const text = find.value.trim().toLowerCase();
  let shown = 0;
  for (const row of people) {
    const wanted = (!text || row.cells[0].textContent.toLowerCase().includes(text))
      && (!status.value || row.dataset.status === status.value)
      && (!failed.value || row.dataset.failed.includes(` ${failed.value} `));
    row.hidden = !wanted;
    shown += wanted;
  }
  count.textContent = count.dataset.phrase.replace("{shown}", shown).replace("{all}", people.length);
}
for (const field of [find, status, failed]) field.addEventListener("input", filter);
document.getElementById("checks").addEventListener("click", ({target}) => {
  const check = target.dataset.check;
  if (!check) return;
  failed.value = check;
  filter();
  document.getElementById("submissions").scrollIntoView();
  failed.focus({preventScroll: true});
});
filter();
