// What follows from the events, each with the step at which it came true.
const Noticed = [];
const USUAL = ["zombie", "threads_left", "pipe_end", "open_fifo", "peer_closed", "signal_interrupted", "not_whole"];
const grave = (kind) => !USUAL.includes(kind);

function listFacts() {
  const section = byId("findings");
  section.hidden = run.findings.length === 0;
  section.parentNode.classList.toggle("plain", section.hidden);
  Noticed.length = 0;
  if (section.hidden) return;
  const list = make("ol", {"aria-label": word("findings")});
  for (const {step: number, until, kind, say} of run.findings) {
    const text = inLanguage(say);
    const item = make("li", {class: grave(kind) ? "grave" : "", tabindex: "0", role: "button", onclick: () => go(number)},
      make("span", {class: "n"}, number + 1), make("span", {class: "what"}, text));
    item.addEventListener("keydown", (event) => { if (event.key === "Enter") go(number); });
    Noticed.push([number, until, item]);
    list.append(item);
  }
  panel("findings", word("findings")).append(list);
}

function markFacts() {
  let latest = null, best = -1;  // "not whole" comes first and belongs to the last step
  for (const [number, until, item] of Noticed) {
    item.classList.toggle("on", number === view.k || (number < view.k && view.k < until));
    if (number <= view.k && number >= best) [latest, best] = [item, number];
    item.classList.toggle("future", view.predict && number > view.k);
  }
  if (latest) reveal(latest);
}
