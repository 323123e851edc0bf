// The list of steps: the primary form, whole in the accessibility tree.
const Items = [];

function matches(step, number) {
  if (view.off.has(step.family)) return false;
  if (view.lane !== "" && run.lanes[step.lane].main !== Number(view.lane)) return false;
  if (view.fd !== "" && !step.fds.includes(Number(view.fd))) return false;
  if (view.find && !sought(step, number).includes(view.find.toLowerCase())) return false;
  return true;
}
const sought = (step, number) =>
  [number + 1, step.who, said(step), labelled(step), step.kind, ...(step.line || [])].join(" ").toLowerCase();
const isLike = (step) => view.follow !== null && step.box === view.follow.box &&
  (view.follow.of ? step.of === view.follow.of : step.obj.includes(view.follow.obj));

function listSteps() {
  const scroll = panel("steps", word("steps"));
  Items.length = 0;
  scroll.append(make("ol", {role: "listbox", "aria-label": word("steps"), tabindex: "0"}),
    make("p", {class: "empty", id: "none", hidden: true}, word("nothing")));
  addSteps(0);
}

function addSteps(from) {  // those up to there are listed already
  const list = byId("steps").querySelector("ol");
  for (const item of Items.splice(from)) item.remove();
  run.steps.slice(from).forEach((step, after) => {
    const number = from + after;
    const item = make("li", {role: "option", id: "s" + number, "aria-selected": "false", onclick: () => go(number)},
      make("span", {class: "n"}, number + 1), icon(step), make("span", {class: "who"}, step.who),
      make("span", {class: "what"}, said(step)),
      step.line && make("code", {class: "src"}, `${step.line[0]}:${step.line[1]}  ${step.line[2]}`));
    Items.push(item);
    list.append(item);
  });
}

function markSteps() {
  let shown = 0;
  run.steps.forEach((step, number) => {
    const item = Items[number], fits = matches(step, number);
    shown += fits;
    item.hidden = !fits;
    item.style.display = fits ? "" : "none";
    item.classList.toggle("like", isLike(step));
    item.classList.toggle("future", view.predict && number > view.k);
    item.setAttribute("aria-selected", String(number === view.k));
  });
  byId("none").hidden = shown > 0;
  const item = Items[view.k];
  if (item) {
    item.parentNode.setAttribute("aria-activedescendant", item.id);
    reveal(item);
  }
}

function reveal(item) {  // into the middle, if it is near an edge or out of sight
  const scroll = item.closest(".scroll").getBoundingClientRect(), own = item.getBoundingClientRect();
  if (own.top < scroll.top + scroll.height * .15 || own.bottom > scroll.top + scroll.height * .8) {
    item.scrollIntoView({block: "center", behavior: "instant"});
  }
}
