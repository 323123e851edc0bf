// The wiring after the step: descriptor tables at the left, open files in the middle, what they lead to at the right.
let wiringScroll = null;

function setWiring() {
  const std = make("button", {"aria-pressed": String(view.std), onclick: () => { view.std = !view.std; render(); }}, word("std"));
  wiringScroll = panel("wiring", word("wiring"), std);
}

function drawWiring(state) {
  const u = unit(), row = 23 * u, width = Math.max(wiringScroll.clientWidth - 4, 420 * u);
  const columns = {process: [8 * u, width * .3], file: [width * .42, width * .2], object: [width * .71, width * .29 - 40 * u]};
  const waited = new Set();  // these are shown in any case
  const procs = new Map(state.thread.map((one) => [one.key, one.proc]));
  for (const wait of state.wait.values()) for (const fd of wait.fds) waited.add((procs.get(wait.key) ?? wait.key) + "\t" + fd);
  const cells = state.fd.filter((one) => view.std || one.fd > 2 || waited.has(one.proc + "\t" + one.fd)).sort((a, b) => a.fd - b.fd);
  const boxes = processBoxes(state, cells, u, row);
  const files = state.description.filter((one) => cells.some((cell) => cell.of === one.key));
  const at = new Map(), objects = new Map();
  const mean = (list) => list.reduce((sum, one) => sum + one, 0) / Math.max(list.length, 1);
  files.sort((a, b) => mean(rowsOf(boxes, a.key)) - mean(rowsOf(boxes, b.key)));
  let y = 10 * u;
  for (const file of files) { at.set(file.key, y); y += 42 * u; }
  for (const file of files) if (!objects.has(file.obj)) objects.set(file.obj, []);
  for (const file of files) objects.get(file.obj).push(at.get(file.key));
  const order = [...objects.keys()].sort((a, b) => mean(objects.get(a)) - mean(objects.get(b)));
  let below = 10 * u;
  const place = new Map();
  for (const key of order) {
    below = Math.max(below, mean(objects.get(key)));
    place.set(key, below);
    below += 52 * u;
  }
  const height = Math.max(y, below, ...boxes.map((box) => box.y + box.height)) + 12 * u;
  const svg = draw("svg", {width, height, role: "group", "aria-label": `${word("wiring")}, ${word("after")} ${view.k + 1}`}, patterns());
  const wires = draw("g");
  svg.append(wires);
  for (const box of boxes) drawProcess(svg, wires, box, state, columns, at, u, row);
  for (const file of files) drawFile(svg, wires, file, state, cells, columns, at, place, u);
  for (const key of order) drawObject(svg, key, state, columns, place, u);
  drawPeers(wires, order, state, columns, place, u);
  const focused = [...wiringScroll.querySelectorAll(".pick")].indexOf(document.activeElement);  // the focus stays where it was
  wiringScroll.replaceChildren(boxes.length ? svg : make("p", {class: "empty"}, word("ended")));
  if (focused >= 0) wiringScroll.querySelectorAll(".pick")[focused]?.focus();
}
const pick = (label, act) => ({class: "pick", tabindex: "0", role: "button", "aria-label": label, onclick: act,
  onkeydown: (event) => { if (event.key === "Enter") act(); }});

function processBoxes(state, cells, u, row) {
  let y = 6 * u;
  return state.process.filter((process) => process.status !== "zombie").map((process) => {
    const own = cells.filter((cell) => cell.proc === process.key);
    const waits = [process.key, ...state.thread.filter((one) => one.proc === process.key).map((one) => one.key)]
      .map((key) => state.wait.get(key)).filter(Boolean);
    const lines = waits.length;
    const box = {process, cells: own, waits, y, top: (22 + 15 * lines) * u, height: (26 + 15 * lines) * u + own.length * row};
    y += box.height + 12 * u;
    return box;
  });
}
const rowsOf = (boxes, of, row = 23 * unit()) => boxes.flatMap((box) =>
  box.cells.map((cell, number) => (cell.of === of ? box.y + box.top + number * row : null)).filter((one) => one !== null));
const likes = (key, name) => view.follow !== null && key === view.follow.box + "\t" + view.follow[name];
const looks = (base, ...more) => [base, ...more.filter(Boolean)].join(" ");

function drawProcess(svg, wires, box, state, columns, at, u, row) {
  const [x, width] = columns.process, process = box.process;
  svg.append(draw("rect", {class: looks("box", process.fresh && "new"), x, y: box.y, width, height: box.height, rx: 4}));
  const title = `${calledAs(process.key)} ${process.program}`;
  svg.append(write(x + 8 * u, box.y + 16 * u, fitted(title, width - 14 * u, true), "bold"));
  box.waits.forEach((wait, number) => {
    const who = wait.key === process.key ? "" : calledAs(wait.key) + " ";
    svg.append(write(x + 8 * u, box.y + (31 + 15 * number) * u, fitted(who + waiting(wait), width - 10 * u), "dim small"));
  });
  const waited = new Set(box.waits.flatMap((wait) => wait.fds));
  box.cells.forEach((cell, number) => {
    const y = box.y + box.top + number * row + 2 * u, right = x + width, like = likes(cell.of, "of");
    const group = draw("g", pick(`${calledAs(cell.proc)} fd ${cell.fd}`, () => follow(cell.of, "of", `fd ${cell.fd}`)),
      draw("rect", {class: looks("cell", like && "like", cell.fresh && "new", waited.has(cell.fd) && "waits"),
        x: right - 64 * u, y, width: 64 * u, height: row - 3 * u, rx: 3}),
      write(right - 56 * u, y + 15 * u, `fd ${cell.fd}`, "label"));
    if (cell.cloexec) group.append(write(right - 122 * u, y + 15 * u, "cloexec", "dim small"));
    svg.append(group);
    const to = at.get(cell.of);
    if (to !== undefined) wires.append(wire(right, y + row / 2, columns.file[0], to + 15 * u, like, cell.fresh));
  });
}

function wire(x1, y1, x2, y2, like, fresh) {
  const middle = (x1 + x2) / 2;
  return draw("path", {class: looks("wire", like && "like", fresh && "new"), d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`});
}

function drawFile(svg, wires, file, state, cells, columns, at, place, u) {
  const [x, width] = columns.file, y = at.get(file.key), like = likes(file.key, "of") || likes(file.obj, "obj");
  const count = cells.filter((cell) => cell.of === file.key).length;
  const object = state.object.get(file.obj);
  const end = ["pipe", "fifo"].includes(object?.what) ? word(file.mode) : {r: "O_RDONLY", w: "O_WRONLY", rw: "O_RDWR"}[file.mode];
  const text = object?.what === "socket" ? "socket" : end ?? file.mode;
  svg.append(draw("g", pick(`${text} ${file.key.split("\t")[1]}`, () => follow(file.key, "of", text)),
    draw("rect", {class: looks("box", like && "like", file.fresh && "new"), x, y, width, height: 30 * u, rx: 15 * u}),
    write(x + 10 * u, y + 20 * u, fitted(text, width - 42 * u)),
    write(x + width - 30 * u, y + 20 * u, `×${count}`, "dim"),
    named(`${file.key.split("\t")[1]} ${file.nonblock ? "O_NONBLOCK" : ""}`)));
  wires.append(wire(x + width, y + 15 * u, columns.object[0], place.get(file.obj) + 18 * u, like, file.fresh));
}

function drawObject(svg, key, state, columns, place, u) {
  const [x, width] = columns.object, y = place.get(key), object = state.object.get(key);
  const name = key.split("\t")[1], like = likes(key, "obj");
  const notes = [];
  if (object?.bytes > 0) notes.push(`${object.bytes} ${word("inside")}`);
  if (object?.listening) notes.push(`${word("listening")} ${object.addr}`);
  else if (object?.what === "socket") notes.push(object.peer ? `↔ ${object.peer.split("\t").slice(object.elsewhere ? 0 : 1).join(":")}` : object.addr);
  if (!notes.length && object) notes.push(object.what);
  svg.append(draw("g", pick(name, () => follow(key, "obj", name)),
    draw("rect", {class: looks("box obj", like && "like", object?.fresh && "new"), x, y, width, height: 40 * u, rx: 2}),
    write(x + 8 * u, y + 17 * u, fitted(thing(name), width - 14 * u, true), "bold"),
    write(x + 8 * u, y + 33 * u, fitted(notes.join(" "), width - 12 * u), "dim small"), named(name)));
}

function drawPeers(wires, order, state, columns, place, u) {  // connected sockets, also those of two boxes
  const x = columns.object[0] + columns.object[1];
  order.forEach((key, number) => {
    const peer = state.object.get(key)?.peer, other = peer ? order.indexOf(peer) : -1;
    if (other <= number) return;
    const y1 = place.get(key) + 20 * u, y2 = place.get(order[other]) + 20 * u, bulge = x + (14 + number % 4 * 6) * u;
    const like = likes(key, "obj") || likes(order[other], "obj");
    wires.append(draw("path", {class: looks("wire", "peer", like && "like"), d: `M${x} ${y1}C${bulge} ${y1} ${bulge} ${y2} ${x} ${y2}`},
      named(`${key.split("\t")[1]} ↔ ${peer.split("\t")[1]}`)));
  });
}
