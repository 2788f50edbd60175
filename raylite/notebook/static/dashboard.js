// The dashboard: a line of figures, tabs, and below the card of the actor that was chosen.

import { buildCard } from "./card_picture.js";
import { makeBoards } from "./dashboard_slots.js";
import { makeTable, spark } from "./dashboard_table.js";
import { h, list, liveView, setAttribute, setShown, setText } from "./dom.js";

let serial = 0; // Tabs and their panel name each other, and there may be several dashboards.

export default liveView("dashboard", (root, { send, speak, model, signal }) => {
  const id = `raylite-dashboard-${(serial += 1)}`;
  let view = null;
  let chosen = null;
  const seen = new Map(); // The newest of each table: what was open stays to be seen.

  const title = h("strong", {});
  const figures = h("div", { class: "raylite-figures", role: "list", "aria-label": "Figures" });
  const pace = spark(160, 34);
  const paceBox = h("div", { class: "raylite-pace" }, pace.node, h("div", { class: "raylite-detail" }, "calls a second, lately"));
  const head = h("div", { class: "raylite-top" }, h("div", {}, title, figures), paceBox);
  const tabs = h("div", { class: "raylite-tabs", role: "tablist", "aria-label": "What is shown", "data-lm-suppress-shortcuts": "true" });
  const all = h("button", { type: "button", class: "raylite-button", onclick: () => send({ do: "objects" }) }, "All objects");
  const table = makeTable({
    ask: (key, state) => send({ do: "ask", table: key, ...state }),
    open: (actor) => send({ do: "open", actor }),
  });
  table.bar.setAttribute("data-lm-suppress-shortcuts", "true");
  table.bar.append(all);
  const boards = makeBoards();
  const panel = h("div", { role: "tabpanel", id: `${id}-panel` }, table.node, boards.node);
  const close = h("button", { type: "button", class: "raylite-button", onclick: () => send({ do: "open", actor: "" }) }, "Close the card");
  const card = h("div", { class: "raylite-card" });
  const cardBox = h("section", { class: "raylite-chosen", "aria-label": "The actor that was chosen", hidden: "" }, h("div", { class: "raylite-bar" }, close), card);
  root.append(head, tabs, panel, cardBox);
  const built = buildCard(card, { send, speak, model, signal });
  const drawCard = typeof built === "function" ? built : built.draw;

  function choose(key, isFocused) {
    chosen = key;
    send({ do: "tab", tab: key });
    draw(view);
    if (isFocused) tabs.querySelector('[aria-selected="true"]')?.focus();
  }
  tabs.addEventListener("keydown", (event) => {
    const keys = view.tabs.map(([key]) => key);
    const at = keys.indexOf(chosen);
    const to = { ArrowRight: (at + 1) % keys.length, ArrowLeft: (at + keys.length - 1) % keys.length, Home: 0, End: keys.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    choose(keys[to], true);
  });
  const drawTabs = list(tabs, () => {
    const [name, count] = [h("span"), h("span", { class: "raylite-count" })];
    const node = h("button", { type: "button", role: "tab", class: "raylite-tab" }, name, " ", count);
    let key = "";
    node.addEventListener("click", () => choose(key, true));
    return {
      node,
      draw([newKey, text, number]) {
        key = newKey;
        const isChosen = key === chosen;
        setText(name, text);
        setText(count, number.toLocaleString("en"));
        setAttribute(node, "id", `${id}-${key}`);
        setAttribute(node, "aria-controls", `${id}-panel`);
        setAttribute(node, "aria-selected", isChosen ? "true" : "false");
        setAttribute(node, "tabindex", isChosen ? "0" : "-1");
      },
    };
  });
  const drawFigures = list(figures, () => {
    const [term, value] = [h("div", { class: "raylite-detail" }), h("div", { class: "raylite-figure" })];
    return {
      node: h("div", { role: "listitem" }, term, value),
      draw([name, number, about]) {
        setText(term, name);
        setText(value, number);
        setAttribute(value, "title", about);
      },
    };
  });

  function draw(newest) {
    if (!newest?.tabs) return;
    view = newest;
    chosen ??= view.chosen;
    for (const [key, one] of Object.entries(view.tables)) seen.set(key, one);
    if (view.boards.length) seen.set("nodes", view.boards);
    setText(title, view.title);
    drawFigures(view.figures);
    pace.draw(view.pace);
    setShown(paceBox, view.pace.length > 1);
    setShown(head, !view.compact);
    setShown(tabs, !view.compact);
    drawTabs(view.tabs);
    setAttribute(panel, "aria-labelledby", `${id}-${chosen}`);
    setShown(boards.node, chosen === "nodes");
    setShown(table.node, chosen !== "nodes" && seen.has(chosen));
    setShown(all, chosen === "objects");
    if (chosen === "nodes") boards.draw(seen.get("nodes") ?? []);
    else if (seen.has(chosen)) table.draw(seen.get(chosen));
    setShown(cardBox, Boolean(view.card));
    if (view.card) drawCard(view.card);
    speak(view.summary);
  }

  return {
    draw,
    close() {
      table.close();
      built.close?.();
    },
  };
});
