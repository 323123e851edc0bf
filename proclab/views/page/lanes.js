// The lanes: a bar for each process and thread, a shape and a word for each step, arrows for what passes between them.
const Lanes = {families: null, names: [], marks: [], arrows: [], spans: [], x: [], rows: [], y: [], width: 0, height: 0};

function placeLanes() {
  const u = unit(), near = 15 * u * view.zoom, left = 14 * u;
  const free = run.lanes.map(() => [left - 6 * u, left - 6 * u]);
  Lanes.x = []; Lanes.rows = [];
  const span = run.steps.length ? Math.max(run.steps[run.steps.length - 1].t, 1e-6) : 1;
  const wide = Math.max(byId("lanes").clientWidth - 260 * u, 300) * view.zoom;
  run.steps.forEach((step, number) => {
    const room = free[step.lane];
    let x = view.time ? left + step.t / span * wide : number ? Lanes.x[number - 1] + near : left;
    const label = labelled(step);
    let row = room[0] <= x ? 0 : room[1] <= x ? 1 : room[0] <= room[1] ? 0 : 1;
    if (label) {
      if (room[row] > x) {
        if (view.time) row = -1;
        else x = view.zoom >= 1 ? room[row] : (row = -1, x);
      }
      if (row >= 0) room[row] = x + measure(label) + 10 * u;
    }
    Lanes.x.push(x); Lanes.rows.push(row);
  });
  let y = 4 * u;
  const tall = new Set(run.steps.map((step, number) => (labelled(step) && Lanes.rows[number] === 1 ? step.lane : -1)));
  Lanes.y = run.lanes.map((lane, number) => (y += ((lane.thread ? 58 : 66) - (tall.has(number) ? 0 : 14) - (dense() ? 10 : 0)) * u));
  Lanes.height = y + 34 * u;
  Lanes.width = Math.max(left, ...free.flat(), ...Lanes.x) + 60 * u;
}

function setLanes() {
  const mode = make("button", {"aria-pressed": String(view.time), onclick: () => toggleTime()}, word("bytime"));
  const zoom = (by, text, key) => make("button", {title: word(key), "aria-label": word(key), onclick: () => zoomBy(by)}, text);
  panel("lanes", word("lanes"), ...families(), mode, zoom(1 / 1.5, "−", "zoomout"), zoom(1.5, "+", "zoomin"));
  Lanes.families = shownFamilies().join();
}
const shownFamilies = () => run.families.filter((family) => run.steps.some((step) => step.family === family));

function drawLanes() {
  if (Lanes.families !== shownFamilies().join()) setLanes();
  placeLanes();
  byId("lanes").parentNode.style.gridTemplateRows = `minmax(0, ${Lanes.height + 60 * unit()}px) minmax(${run.findings.length ? 20 : 42}%, 1fr) ${run.findings.length ? "26%" : "0"}`;
  const svg = draw("svg", {width: Lanes.width, height: Lanes.height, role: "img", "aria-label": word("lanes")}, patterns());
  svg.append(draw("rect", {id: "cursor", x: 0, y: 0, width: 1, height: Lanes.height}));
  run.lanes.forEach((_, n) => svg.append(draw("line", {class: "rule", x1: 0, x2: Lanes.width, y1: Lanes.y[n], y2: Lanes.y[n]})));
  Lanes.spans = run.spans.map(drawSpan);
  Lanes.arrows = run.arrows.map(drawArrow);
  Lanes.marks = run.steps.map(drawMark);
  svg.append(...Lanes.spans, ...Lanes.arrows);
  svg.append(draw("rect", {id: "veil", y: 0, width: Lanes.width, height: Lanes.height}), ...Lanes.marks);
  const strip = make("div", {id: "strip"}, laneNames(), svg);
  strip.style.width = `${nameWidth() + Lanes.width}px`;
  svg.style.marginLeft = `${nameWidth()}px`;
  byId("lanes").querySelector(".scroll").replaceChildren(strip);
}
const dense = () => run.lanes.length > 5;  // no words under the bars then
const nameWidth = () => 170 * unit();

function laneNames() {
  const u = unit(), svg = draw("svg", {id: "names", width: nameWidth(), height: Lanes.height});
  run.lanes.forEach((lane, number) => {
    const x = (lane.thread ? 24 : 8) * u, y = Lanes.y[number];
    const name = draw("g", {}, write(x, y - 1 * u, `${word(lane.thread ? "thread" : "process")} ${lane.name}`, "bold"));
    if (lane.program) name.append(write(x, y + 14 * u, fitted(lane.program, nameWidth() - x), "dim small"));
    Lanes.names[number] = name;
    svg.append(name);
  });
  return svg;
}

function drawSpan([lane, condition, begin, end]) {
  const u = unit(), x = Lanes.x[begin], y = Lanes.y[lane], width = Math.max(Lanes.x[end] - x, 2);
  const half = (run.lanes[lane].thread ? 5 : 8) * u, text = word("condition." + condition);
  const group = draw("g", {class: "span"}, named(`${word("condition." + condition)}, ${begin + 1}–${end + 1}`));
  if (condition === "zombie") group.append(draw("line", {class: "zombieline", x1: x, x2: x + width, y1: y, y2: y}));
  else group.append(draw("rect", {class: "bar " + condition, x, y: y - half, width, height: 2 * half, rx: 2}));
  if (condition !== "run" && !dense() && width > measure(text) * .9 + 6 * u) group.append(write(x + 4 * u, y + half + 12 * u, text, "dim small"));
  return group;
}

function drawArrow([kind, begin, end, source, target]) {
  const u = unit(), x1 = Lanes.x[begin], x2 = Lanes.x[end], y1 = Lanes.y[source], y2 = Lanes.y[target];
  const gap = (y2 > y1 ? 9 : -9) * u, bend = Math.min(Math.max((x2 - x1) / 2, 0), 60 * u), middle = (y1 + y2) / 2;
  const path = draw("path", {class: `arrow a-${kind}`, "marker-end": `url(#h-${kind})`,
    d: `M${x1} ${y1}C${x1 + bend} ${middle} ${x2 - bend} ${middle} ${x2} ${y2 - gap}`}, named(word("arrow." + kind)));
  Object.assign(path.dataset, {begin, end});
  return path;
}

function drawMark(step, number) {
  const u = unit(), x = Lanes.x[number], y = Lanes.y[step.lane];
  const group = draw("g", {class: "step", onclick: () => go(number)}, named(`${number + 1}. ${step.who} ${said(step)}`));
  const label = labelled(step);
  if (label) {
    group.append(shape(step, x, y, u));
    if (Lanes.rows[number] >= 0) group.append(write(x - 5 * u, y - (Lanes.rows[number] ? 28 : 14) * u, label, "label"));
  }
  return group;
}

function patterns() {
  const u = unit();
  const pattern = (name, size, d) => draw("pattern", {id: "p-" + name, width: size, height: size, patternUnits: "userSpaceOnUse",
    patternTransform: `scale(${u})`}, draw("path", {d, class: "hatch"}));
  const kinds = [...new Set([...run.arrows.map(([kind]) => kind), "wait", "signal"])];
  return draw("defs", {}, pattern("io", 8, "M-2 10L10 -2M-2 2L2 -2M6 10L10 6"), pattern("child", 6, "M3 0V6"),
    pattern("lock", 5, "M0 2.5H5"), pattern("sleep", 9, "M2 2h1M6.5 6.5h1"), pattern("signal", 8, "M0 0L8 8M-2 6L2 10M6 -2L10 2"),
    ...kinds.map((kind) => head(kind, "h-")));
}

function markLanes() {
  const u = unit(), x = Lanes.x[view.k] ?? 0;
  const cursor = byId("cursor");
  cursor.setAttribute("x", x - 8 * u);
  cursor.setAttribute("width", 16 * u);
  byId("veil").setAttribute("x", view.predict ? x + 9 * u : Lanes.width);
  run.steps.forEach((step, number) => {
    const looks = Lanes.marks[number].classList;
    looks.toggle("off", !matches(step, number));
    looks.toggle("current", number === view.k);
    looks.toggle("like", isLike(step));
    looks.toggle("future", view.predict && number > view.k);
  });
  for (const arrow of Lanes.arrows) {
    arrow.classList.toggle("current", Number(arrow.dataset.end) === view.k);
  }
  const scroll = byId("lanes").querySelector(".scroll"), left = x + nameWidth() - scroll.scrollLeft;
  if (left < nameWidth() + 40 * u || left > scroll.clientWidth - 120 * u) {
    scroll.scrollTo({left: x - (scroll.clientWidth - nameWidth()) * .4, behavior: "instant"});
  }
  const y = Lanes.y[run.steps[view.k]?.lane] ?? 0;
  if (y - 40 * u < scroll.scrollTop || y + 30 * u > scroll.scrollTop + scroll.clientHeight) {
    scroll.scrollTo({left: scroll.scrollLeft, top: y - scroll.clientHeight * .5, behavior: "instant"});
  }
}

function markNames(state) {  // a task that is not there yet, or no more, is pale
  const there = new Set([...state.process, ...state.thread].map((one) => laneOf.get(one.key)));
  Lanes.names.forEach((name, number) => name.classList.toggle("gone", !there.has(number)));
}
