// Controls, keys, and what is drawn again when.
const fine = {time: null, address: null};

function render() {  // everything, after a change of language, theme or size
  document.documentElement.lang = view.lang;
  indexLanes();
  controls();
  listSteps();
  setLanes();
  drawLanes();
  setWiring();
  setTree();
  listFacts();
  go(view.k);
}

function go(k) {
  view.k = Math.max(0, Math.min(run.steps.length - 1, k));
  mark();
  const state = stateAt(view.k);
  drawWiring(state);
  drawTree(state);
  markNames(state);
  clearTimeout(fine.address);  // a browser throttles a page that changes its address at every key
  fine.address = setTimeout(() => history.replaceState(null, "", "#" + (view.k + 1)), 300);
}

function mark() {
  const step = run.steps[view.k];
  markSteps();
  markFacts();
  if (step) markLanes();
  byId("at").textContent = `${word("step")} ${run.steps.length ? view.k + 1 : 0} ${word("of")} ${run.steps.length}`;
  const now = byId("now");
  if (!step) return now.replaceChildren(word("nothing"));
  now.replaceChildren(make("b", {}, String(view.k + 1)), icon(step), make("b", {}, subject(step)), make("span", {class: "said"}, said(step)));
  if (step.line) now.append(make("code", {}, `${step.line[0]}:${step.line[1]}  `, make("em", {}, step.line[2])));
  byId("follow")?.remove();
  if (view.follow) byId("choose").append(make("button", {id: "follow", title: word("unfollow"), onclick: () => unfollow()},
    `${word("following")} ${view.follow.text} ✕`));
}

function subject(step) {  // a process, or a thread of it
  const [process, thread] = step.who.split("/");
  return `${word("process")} ${process}` + (thread ? `, ${word("thread")} ${thread}` : "");
}

function move(by) {  // to the next step that the filters let through
  let k = view.k + by;
  while (run.steps[k] && !matches(run.steps[k], k)) k += by;
  if (run.steps[k]) go(k);
}

function follow(key, name, text) {
  const [box, id] = key.split("\t");
  const same = view.follow && view.follow.box === box && view.follow[name] === id;
  view.follow = same ? null : {box, [name]: id, text: `${text}${name === "of" ? " (" + id + ")" : ""}`};
  go(view.k);
}
function unfollow() { view.follow = null; go(view.k); }
function toggleTime() { view.time = !view.time; setLanes(); drawLanes(); go(view.k); }
function zoomBy(by) { view.zoom = Math.min(40, Math.max(.2, view.zoom * by)); drawLanes(); go(view.k); }

function controls() {
  const button = (text, key, act) => make("button", {title: word(key), "aria-label": word(key), onclick: act}, text);
  byId("go").replaceChildren(button("|◀", "first", () => go(0)), button("◀", "back", () => move(-1)), make("output", {id: "at"}),
    button("▶", "next", () => move(1)), button("▶|", "last", () => go(run.steps.length - 1)));
  const find = make("input", {type: "search", id: "find", placeholder: word("search"), "aria-label": word("search"), value: view.find,
    oninput: (event) => { view.find = event.target.value; mark(); }});
  const mains = run.lanes.map((lane, number) => [number, lane]).filter(([, lane]) => !lane.thread);
  const fds = [...new Set(run.steps.flatMap((step) => step.fds))].sort((a, b) => a - b);
  byId("choose").replaceChildren(find,
    chooser("lane", word("process"), mains.map(([number, lane]) => [number, `${word("process")} ${lane.name}`])),
    chooser("fd", word("fd"), fds.map((fd) => [fd, `fd ${fd}`])));
  const dark = document.documentElement.dataset.theme === "dark";
  byId("ways").replaceChildren(
    make("button", {"aria-pressed": String(view.predict), title: word("predict"), "aria-label": word("predict"),
      onclick: () => { view.predict = !view.predict; controls(); mark(); }}, "?"),
    make("button", {title: run.langs.map(languageName).join(" / "), lang: nextLanguage(),
      onclick: () => { view.lang = nextLanguage(); render(); }}, languageName(nextLanguage())),
    button(dark ? "☀" : "☾", "theme", () => { theme(dark ? "light" : "dark"); controls(); mark(); }));
  footer();
  for (const more of Extras) more();
}

const languageName = (lang) => run.words[lang]["views.language"];
const nextLanguage = () => run.langs[(run.langs.indexOf(view.lang) + 1) % run.langs.length];

function chooser(name, title, options) {
  const list = make("select", {"aria-label": title, onchange: (event) => { view[name] = event.target.value; mark(); }},
    make("option", {value: ""}, `${title}: ${word("all")}`), ...options.map(([value, text]) => make("option", {value}, text)));
  list.value = view[name];
  return list;
}

function families() {  // filter and legend in one
  return shownFamilies().map((family) => {
    const example = run.steps.find((step) => step.family === family);
    return make("button", {class: "family", "aria-pressed": String(!view.off.has(family)), onclick: (event) => {
      if (!view.off.delete(family)) view.off.add(family);
      event.currentTarget.setAttribute("aria-pressed", String(!view.off.has(family)));
      mark();
    }}, icon(example), word("f." + family));
  });
}

function footer() {
  const kinds = [...new Set(run.arrows.map(([kind]) => kind))];
  const key = (kind) => make("span", {class: "key"}, draw("svg", {width: 34, height: 12, "aria-hidden": "true"},
    draw("path", {class: `arrow a-${kind}`, d: "M0 6h24"}), draw("path", {class: "h-" + kind, d: "M24 1L34 6L24 11Z"})), word("arrow." + kind));
  const bar = (kind) => make("span", {class: "key"}, draw("svg", {width: 30, height: 12, "aria-hidden": "true"}, kind === "zombie"
    ? draw("line", {class: "zombieline", x1: 4, x2: 30, y1: 6, y2: 6})
    : draw("rect", {class: "bar " + kind, x: 1, y: 1, width: 28, height: 10, rx: 2})), word("condition." + kind));
  const conditions = [...new Set(run.spans.map(([, condition]) => condition))];
  byId("foot").replaceChildren(...conditions.map(bar), ...kinds.map(key), make("span", {}, word("keys")),
    make("span", {}, run.cut ? `${run.cut} ${word("cut")}` : run.exact ? word("slower") : word("sampled")));
}

const theme = (name) => { document.documentElement.dataset.theme = name; };
const keys = {
  ArrowRight: () => move(1), ArrowDown: () => move(1), ArrowLeft: () => move(-1), ArrowUp: () => move(-1), Home: () => go(0),
  End: () => go(run.steps.length - 1), PageDown: () => go(view.k + 10), PageUp: () => go(view.k - 10), Escape: () => unfollow(),
  "+": () => zoomBy(1.5), "=": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5), t: () => toggleTime(),
  "/": () => byId("find").focus(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = event.target.closest("input, select");
  if (typing && event.key !== "Escape") return;
  if (typing) typing.blur();
  const act = keys[event.key];
  if (act) { act(); event.preventDefault(); }
});
addEventListener("resize", () => { clearTimeout(fine.time); fine.time = setTimeout(render, 120); });
addEventListener("hashchange", () => { const k = parseInt(location.hash.slice(1), 10) - 1; if (k !== view.k && k >= 0) go(k); });
theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
view.k = Math.max(0, (parseInt(location.hash.slice(1), 10) || 1) - 1);
render();
