// Draws the life-cycle card of an actor, as raylite/notebook/card/model.py says it.

import { confirmed, h, list, setAttribute, setShown, setText, svg } from "./dom.js";

let serial = 0; // Names of arrow heads are the page's, and there may be several cards.

/** The arrow heads: of moves that are possible, that were made, and of the last one. */
function heads(id) {
  const head = (kind) =>
    svg(
      "marker",
      { id: `${id}-${kind}`, viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" },
      svg("path", { d: "M0 0L8 4L0 8z", class: `raylite-card-head-${kind}` }),
    );
  return svg("defs", {}, head("possible"), head("made"), head("last"));
}

function arrow(id) {
  const title = svg("title");
  const wide = svg("path", { class: "raylite-card-reach" }); // A line is hard to hit with a mouse.
  const line = svg("path");
  const label = svg("text", { class: "raylite-card-when" });
  const node = svg("g", {}, title, wide, line, label);
  return {
    node,
    draw(one) {
      const kind = one.is_last ? "last" : one.times ? "made" : "possible";
      setAttribute(node, "class", `raylite-card-arrow raylite-card-${kind}`);
      setAttribute(line, "d", one.path);
      setAttribute(wide, "d", one.path);
      setAttribute(line, "marker-end", `url(#${id}-${kind})`);
      setAttribute(label, "x", one.label_x);
      setAttribute(label, "y", one.label_y);
      setText(label, one.label);
      setText(title, one.told);
    },
  };
}

function box() {
  const edge = svg("rect", { rx: 8 });
  const sign = svg("text", { class: "raylite-card-sign" });
  const word = svg("text", { class: "raylite-card-word" });
  const name = svg("text", { class: "raylite-card-name" });
  const node = svg("g", {}, edge, sign, word, name);
  return {
    node,
    draw(one) {
      const seen = one.is_lit ? "lit" : one.is_seen ? "seen" : "unseen";
      setAttribute(node, "class", `raylite-card-box raylite-card-${seen}`);
      setAttribute(node, "data-tone", one.tone);
      setAttribute(edge, "width", one.width);
      setAttribute(edge, "height", one.height);
      setAttribute(edge, "x", one.x);
      setAttribute(edge, "y", one.y);
      [[sign, one.sign, 10, 20], [word, one.word, 27, 20], [name, one.name, 10, 36]].forEach(([text, said, dx, dy]) => {
        setAttribute(text, "x", one.x + dx);
        setAttribute(text, "y", one.y + dy);
        setText(text, said);
      });
    },
  };
}

/** The state diagram, and the curve of the mailbox below its left half. */
function picture(root) {
  serial += 1;
  const id = `raylite-card-${serial}`;
  const arrows = svg("g");
  const boxes = svg("g");
  const area = svg("polygon", { class: "raylite-card-area" });
  const curve = svg("polyline", { class: "raylite-card-curve" });
  const label = svg("text", { x: 6, y: 202, class: "raylite-card-when" });
  const told = svg("title");
  const mailbox = svg("g", {}, told, area, svg("path", { d: "M6 180.5H178", class: "raylite-card-base" }), curve, label);
  const drawing = svg(
    "svg",
    { role: "img", class: "raylite-card-diagram" },
    heads(id),
    arrows,
    boxes,
    mailbox,
  );
  root.append(drawing);
  const drawArrows = list(arrows, () => arrow(id));
  const drawBoxes = list(boxes, box);
  return function draw(view) {
    setAttribute(drawing, "aria-label", `${view.diagram.told} ${view.mailbox.told}`);
    const { arrows: moves, boxes: states, width, height, box_width, box_height } = view.diagram;
    setAttribute(drawing, "viewBox", `-4 0 ${width + 8} ${height}`);
    drawArrows(moves);
    drawBoxes(states.map((state) => ({ ...state, width: box_width, height: box_height })));
    setAttribute(area, "points", view.mailbox.area || null);
    setAttribute(curve, "points", view.mailbox.points || null);
    setText(label, view.mailbox.label);
    setText(told, view.mailbox.told);
  };
}

/** A number or word with its name above it. */
function fact() {
  const label = h("div", { class: "raylite-detail" });
  const value = h("div", { class: "raylite-card-value" });
  const node = h("div", { role: "listitem" }, label, value);
  return {
    node,
    draw(one) {
      setText(label, one.label);
      setText(value, one.value);
      setAttribute(node, "title", one.hint);
    },
  };
}

/** A row of a table: cells(item) gives its texts. */
function row(cells, numbers) {
  return () => {
    const node = h("tr");
    const drawCells = list(node, () => {
      const cell = h("td");
      return {
        node: cell,
        draw(text, column) {
          setText(cell, text);
          if (numbers.includes(column)) setAttribute(cell, "class", "raylite-number");
        },
      };
    });
    return { node, draw: (item) => drawCells(cells(item)) };
  };
}

/** A table that can be folded away. Its draw(items, note) hides it while there is nothing in it. */
function table(root, title, heads_, cells, numbers, isOpen) {
  const body = h("tbody");
  const note = h("div", { class: "raylite-detail" });
  const top = heads_.map((word, column) => h("th", { scope: "col", class: numbers.includes(column) ? "raylite-number" : null }, word));
  const all = h("table", { "aria-label": title }, h("thead", {}, h("tr", {}, top)), body);
  const node = h("details", { open: isOpen }, h("summary", {}, title), h("div", { class: "raylite-card-scroll" }, all), note);
  root.append(node);
  const drawRows = list(body, row(cells, numbers));
  return function draw(items, said) {
    drawRows(items);
    setText(note, said);
    setShown(all, items.length > 0);
    setShown(note, Boolean(said));
    setShown(node, items.length > 0 || Boolean(said));
  };
}

/** Fills the root once; gives what draws a view in it. */
export function buildCard(root, { send, speak }) {
  const title = h("strong", { class: "raylite-card-title" });
  const name = h("span");
  const sign = h("span", { class: "raylite-card-sign", "aria-hidden": "true" });
  const word = h("span");
  const state = h("span", { class: "raylite-card-state" }, sign, word);
  const buttons = h("div", { class: "raylite-card-buttons" });
  const sentence = h("div");
  const doc = h("div", { class: "raylite-detail" });
  root.append(h("div", { class: "raylite-card-top" }, title, name, state, buttons), sentence, doc);
  const drawPicture = picture(root);
  const facts = h("div", { class: "raylite-card-facts", role: "list", "aria-label": "The process" });
  const counts = h("div", { class: "raylite-card-facts raylite-card-counts", role: "list", "aria-label": "Calls" });
  root.append(counts, facts);
  const drawFacts = list(facts, fact);
  const drawCounts = list(counts, fact);
  const drawCalls = table(
    root,
    "Last calls",
    ["Method", "Outcome", "Waited", "Ran", "Arguments → result", "Made at"],
    (one) => [one.method, `${one.sign} ${one.word}`, one.waited, one.took, one.sizes, one.at],
    [2, 3, 5],
    true,
  );
  const drawMoves = table(root, "What happened", ["At", "It became", "Why"], (one) => [one.at, `${one.sign} ${one.what}`, one.why], [], false);
  const drawMethods = table(root, "Methods", ["Method", "Calls", "What it does"], (one) => [`${one.name}${one.signature}`, one.calls, one.doc], [1], false);
  const pressed = new Map();
  let before = "";

  function drawButtons(all) {
    all.forEach((one) => {
      if (!pressed.has(one.label)) {
        pressed.set(one.label, confirmed(one.label, one.question, () => send({ press: one.label })));
        buttons.append(pressed.get(one.label).node);
      }
      pressed.get(one.label).draw(one.is_enabled, one.why);
    });
  }

  return function draw(view) {
    setAttribute(root, "data-tone", view.tone);
    setText(title, view.title);
    setText(name, view.name);
    setText(sign, view.sign);
    setText(word, view.word);
    setAttribute(state, "title", view.state);
    setText(sentence, view.sentence);
    setText(doc, view.doc);
    drawButtons(view.buttons);
    drawPicture(view);
    drawFacts(view.facts);
    drawCounts(view.counts);
    drawCalls(view.calls, view.calls_note);
    drawMoves(view.moves, view.moves_before);
    drawMethods(view.methods, view.methods_note);
    if (view.word !== before) speak(`${view.title} ${view.name}: ${view.word}. ${view.sentence}`, true);
    before = view.word;
  };
}
