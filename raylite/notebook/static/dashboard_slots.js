// The nodes with their resources as slots: a box is a unit, what fills it is held.

import { h, list, setAttribute, setShown, setText } from "./dom.js";

const KINDS = { actor: "actor", task: "tasks", bundle: "placement group", object: "large values" };

function holding() {
  const node = h("i");
  return {
    node,
    draw([, first, last, kind, label]) {
      setAttribute(node, "class", `raylite-held raylite-held-${kind}`);
      const beyond = kind === "bundle" ? 4 : 0; // It is drawn around what it has reserved.
      node.style.left = `calc(${first * 100}% - ${beyond}px)`;
      node.style.width = `calc(${(last - first) * 100}% + ${2 * beyond}px)`;
      setAttribute(node, "title", label);
    },
  };
}

function slot() {
  const node = h("span", { class: "raylite-slot" });
  const drawHeld = list(node, holding);
  return {
    node,
    draw({ held, share, isBar }) {
      setAttribute(node, "class", isBar ? "raylite-slot raylite-wide" : "raylite-slot");
      node.style.setProperty("--share", share);
      drawHeld(held);
    },
  };
}

function resource() {
  const [name, text] = [h("div"), h("div", { class: "raylite-detail" })];
  const slots = h("div", { class: "raylite-slots", role: "img" });
  const drawSlots = list(slots, slot);
  return {
    node: h("div", { class: "raylite-resource" }, h("div", {}, name, text), slots),
    draw(one) {
      setText(name, one.name);
      setText(text, one.text);
      setAttribute(slots, "aria-label", `${one.name}: ${one.text}`);
      const bundlesFirst = [...one.held].sort((a, b) => (b[3] === "bundle") - (a[3] === "bundle"));
      const number = Math.max(one.slots, 1);
      drawSlots(Array.from({ length: number }, (_, at) => ({
        held: bundlesFirst.filter(([place]) => place === at || one.slots === 0),
        share: at === number - 1 ? one.last : 1,
        isBar: one.slots === 0,
      })));
    },
  };
}

function holder() {
  const [kind, who, what] = [h("td"), h("td"), h("td")];
  return {
    node: h("tr", {}, kind, who, what),
    draw([of, name, amounts]) {
      kind.replaceChildren(h("i", { class: `raylite-key raylite-held-${of}`, "aria-hidden": "true" }), KINDS[of] ?? of);
      setText(who, name);
      setText(what, amounts);
    },
  };
}

function board() {
  const [sign, title, state] = [h("span", { "aria-hidden": "true" }), h("strong"), h("span", { class: "raylite-detail" })];
  const resources = h("div");
  const body = h("tbody");
  const caption = h("caption", {}, "Who holds what");
  const table = h("table", { class: "raylite-holders" }, caption,
    h("thead", {}, h("tr", {}, ...["Kind", "Who", "Holds"].map((word) => h("th", { scope: "col" }, word)))), body);
  const note = h("div", { class: "raylite-detail" });
  const drawResources = list(resources, resource);
  const drawHolders = list(body, holder);
  return {
    node: h("section", { class: "raylite-board" }, h("div", {}, sign, title, " ", state), resources, table, note),
    draw(one) {
      setText(sign, one.sign);
      setAttribute(sign, "class", `raylite-sign raylite-tone-${one.tone}`);
      setText(title, one.title);
      setText(state, one.state);
      setAttribute(title, "title", one.id);
      drawResources(one.resources);
      drawHolders(one.holders);
      setShown(table, one.holders.length > 0);
      setText(note, one.note);
    },
  };
}

/** All nodes, with a legend. */
export function makeBoards() {
  const boards = h("div");
  const drawBoards = list(boards, board);
  const legend = h("div", { class: "raylite-legend raylite-detail" },
    ...[["actor", "held by an actor"], ["task", "held by a worker for tasks"], ["bundle", "reserved by a placement group"]].map(
      ([kind, word]) => h("span", {}, h("i", { class: `raylite-key raylite-held-${kind}`, "aria-hidden": "true" }), word)));
  return { node: h("div", {}, boards, legend), draw: drawBoards };
}
