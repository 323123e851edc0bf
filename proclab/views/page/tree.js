// The tree after the step, and an arrow from each that waits to those who could end its waiting.
const MANY = 3;  // a task that any of more can wake has no arrows
let treeScroll = null;
const setTree = () => { treeScroll = panel("tree", word("tree")); };

function treeRows(state) {
  const rows = [], known = new Set(state.process.map((one) => one.key));
  const walk = (process, depth) => {
    rows.push({key: process.key, process, depth});
    for (const thread of state.thread) if (thread.proc === process.key) rows.push({key: thread.key, depth: depth + 1});
    for (const child of state.process) if (child.parent === process.key && child.key !== process.key) walk(child, depth + 1);
  };
  for (const process of state.process) if (!known.has(process.parent)) walk(process, 0);
  return rows;
}

function drawTree(state) {
  const u = unit(), rows = treeRows(state), height = 40 * u, stuck = dead();
  const width = Math.max(treeScroll.clientWidth - 4, 280 * u);
  const ys = new Map(rows.map((row, number) => [row.key, 8 * u + number * height]));
  const svg = draw("svg", {width, height: rows.length * height + 60 * u, role: "group",
    "aria-label": `${word("tree")}, ${word("after")} ${view.k + 1}`}, draw("defs", {}, head("wait", "t-"), head("signal", "t-")));
  const step = run.steps[view.k], here = step && run.lanes[step.lane].box + "\t" + run.lanes[step.lane].task;
  const arcs = [];
  for (const wait of state.wait.values()) if (wait.ends.length <= MANY) for (const end of wait.ends) arcs.push([wait, end]);
  const side = 26 * u + Math.min(arcs.length, 5) * 9 * u;
  const texts = rows.map((row) => (38 + row.depth * 20) * u + Math.max(measure(titled(row), Boolean(row.process)), .88 * measure(noted(row, state))));
  const edge = Math.min(width - side, Math.max(...texts, 120 * u) + 8 * u);
  rows.forEach((row) => drawTask(svg, row, ys, edge, row.key === here, stuck, state, u));
  arcs.forEach(([wait, end], number) => drawArc(svg, wait, end, number, ys, edge, stuck, u));
  if (stuck.size) {
    svg.append(write(8 * u, rows.length * height + 34 * u,
      `⚠ ${word("deadlock")}: ${[...stuck].map((key) => calledAs(key)).join(", ")}`, "bad"));
  }
  treeScroll.replaceChildren(rows.length ? svg : make("p", {class: "empty"}, word("ended")));
}

const titled = ({key, process}) => process
  ? `${calledAs(key)} ${process.status === "zombie" ? "" : process.program}` : `${word("thread")} ${calledAs(key)}`;
function noted(row, state) {
  const notes = [], process = row.process, wait = state.wait.get(row.key);
  if (process && process.status !== "running") notes.push(word(process.status) + (process.end ? ` (${process.end})` : ""));
  if (process?.orphan && process.status !== "zombie") notes.push(word("orphan"));
  if (wait) notes.push(waiting(wait));
  for (const lock of state.lock) if (lock.owners.includes(row.key)) notes.push(`${word("holds")} ${lock.name}`);
  return notes.join(", ");
}

function drawTask(svg, row, ys, width, here, stuck, state, u) {
  const x = (10 + row.depth * 20) * u, y = ys.get(row.key), process = row.process;
  const zombie = process?.status === "zombie";
  if (here) svg.append(draw("rect", {class: "here", x: 0, y: y - 3 * u, width, height: 38 * u}));
  if (row.depth) svg.append(draw("path", {class: "wire", d: `M${x - 12 * u} ${y - 4 * u}V${y + 12 * u}H${x - 1 * u}`}));
  svg.append(draw("circle", {class: looks("box", zombie && "zombie"), cx: x + 7 * u, cy: y + 12 * u, r: (process ? 6 : 4) * u}),
    write(x + 20 * u, y + 16 * u, fitted(titled(row), width - x - 20 * u, Boolean(process)), process ? "bold" : ""));
  svg.append(write(x + 20 * u, y + 31 * u, fitted(noted(row, state), width - x - 24 * u), stuck.has(row.key) ? "bad small" : "dim small"));
}

function drawArc(svg, wait, end, number, ys, x, stuck, u) {
  const from = ys.get(wait.key), to = ys.get(end);
  if (from === undefined || to === undefined) return;
  const dead = stuck.has(wait.key), y1 = from + 9 * u, y2 = to + 23 * u;
  const bulge = (18 + number % 5 * 9) * u;
  svg.append(draw("path", {class: looks("waitfor", dead && "dead"), "marker-end": `url(#t-${dead ? "signal" : "wait"})`,
    d: `M${x} ${y1}C${x + bulge} ${y1} ${x + bulge} ${y2} ${x + 2 * u} ${y2}`},
    named(`${calledAs(wait.key)} ${word("waitsfor")} ${calledAs(end)} (${wait.call || wait.name})`)));
}
