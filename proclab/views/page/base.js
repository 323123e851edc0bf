"use strict";
// Every node is made here, text only by textContent: what the program printed never becomes markup.
const run = JSON.parse(document.getElementById("run").textContent);
const SVG = "http://www.w3.org/2000/svg";
const view = {k: 0, lang: run.lang, time: false, zoom: 1, off: new Set(), lane: "", fd: "", find: "", follow: null,
              predict: false, std: true};
const Extras = [];  // what a live page has besides, drawn again with the controls
const byId = (id) => document.getElementById(id);
const word = (key) => run.words[view.lang][key] ?? key;
const inLanguage = (text) => (Array.isArray(text) ? text[run.langs.indexOf(view.lang)] : text);
const said = (step) => inLanguage(step.say);
const labelled = (step) => inLanguage(step.label);

function put(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}
const make = (name, attributes, ...children) => put(document.createElement(name), attributes, children);
const draw = (name, attributes, ...children) => put(document.createElementNS(SVG, name), attributes, children);
const write = (x, y, text, looks) => draw("text", {x, y, class: looks}, String(text));
const named = (text) => draw("title", {}, text);
const unit = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 13;

const measure = (() => {  // width of a text in the page's font
  const context = document.createElement("canvas").getContext("2d");
  const known = new Map();
  return (text, bold) => {
    const size = 13 * unit(), key = (bold ? "b" : "") + size + text;
    if (!known.has(key)) {
      context.font = `${bold ? "bold " : ""}${size}px "DejaVu Sans", Verdana, "Segoe UI", Arial, sans-serif`;
      known.set(key, context.measureText(text).width);
    }
    return known.get(key);
  };
})();

function fitted(text, width, bold) {  // as much of a text as has room
  if (measure(text, bold) <= width) return text;
  let end = text.length;
  while (end > 1 && measure(text.slice(0, end) + "…", bold) > width) end -= 1;
  return text.slice(0, end) + "…";
}

function shape(step, x, y, scale) {
  const looks = `shape f-${step.family}`;
  const points = run.shapes[step.shape];
  if (!points) return draw("circle", {class: looks, cx: x, cy: y, r: 6.5 * scale});
  return draw("polygon", {class: looks, points: points.map(([a, b]) => `${x + a * scale},${y + b * scale}`).join(" ")});
}
function icon(step) {
  return draw("svg", {class: "icon", viewBox: "-10 -10 20 20", "aria-hidden": "true"}, shape(step, 0, 0, 1));
}
const head = (kind, prefix) => draw("marker", {id: prefix + kind, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9,
  markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto"}, draw("path", {d: "M0 0L10 5L0 10Z", class: "h-" + kind}));

function panel(id, title, ...extras) {  // empties a section and gives it its heading and a place to scroll
  const scroll = make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": title});
  byId(id).replaceChildren(make("h2", {}, make("span", {}, title), make("span", {class: "fill"}), ...extras), scroll);
  return scroll;
}
