// One table of the dashboard: sorted and filtered at once with what is here, and by the kernel with
// all there is. The order and the filter stay while data flows.

import { h, list, setAttribute, setShown, setText, svg } from "./dom.js";

const ASK_AFTER_MS = 250;
const WIDTH = 88;
const HEIGHT = 18;

/** A line of numbers as a drawing: one step for each. */
export function spark(width, height) {
  const area = svg("path", { class: "raylite-spark-area" });
  const line = svg("path", { class: "raylite-spark-line" });
  const node = svg("svg", { class: "raylite-spark", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, area, line);
  return {
    node,
    draw(values) {
      setAttribute(node, "hidden", values.length < 2);
      if (values.length < 2) return;
      const most = Math.max(...values, 1);
      const step = width / values.length;
      const high = values.map((value) => (height - 1.5 - (value / most) * (height - 3)).toFixed(1));
      const way = high.map((y, at) => `V${y}H${((at + 1) * step).toFixed(1)}`).join("");
      setAttribute(line, "d", `M0 ${high[0]}${way}`);
      setAttribute(area, "d", `M0 ${height}${way}V${height}Z`);
    },
  };
}

function textOf(cell) {
  return typeof cell === "string" ? cell : (cell.t ?? "");
}

function orderOf(cell) {
  if (typeof cell === "string") return cell.toLowerCase();
  const value = cell.s ?? cell.t ?? "";
  return typeof value === "string" ? value.toLowerCase() : value;
}

function compare(a, b) {
  const [first, second] = [orderOf(a), orderOf(b)];
  if (typeof first === typeof second) return first < second ? -1 : first > second ? 1 : 0;
  return typeof first === "number" ? -1 : 1;
}

function cellNode() {
  const sign = h("span", { "aria-hidden": "true" });
  const text = h("span");
  const parts = h("span", { class: "raylite-parts", "aria-hidden": "true" });
  const line = spark(WIDTH, HEIGHT);
  const drawParts = list(parts, () => {
    const node = h("i");
    return { node, draw([share, tone]) { node.className = `raylite-fill-${tone}`; node.style.width = `${share * 100}%`; } };
  });
  const node = h("td", {}, sign, text, parts, line.node);
  return {
    node,
    text,
    draw(cell, isNumber) {
      const given = typeof cell === "string" ? { t: cell } : cell;
      setAttribute(node, "class", isNumber ? "raylite-number" : null);
      setAttribute(node, "title", given.i);
      setText(sign, given.g);
      setShown(sign, Boolean(given.g));
      setAttribute(sign, "class", `raylite-sign raylite-tone-${given.c}`);
      setText(text, given.t);
      setAttribute(text, "class", given.p ? "raylite-beside-parts" : null);
      setShown(parts, Boolean(given.p));
      drawParts(given.p ?? []);
      line.draw(given.l ?? []);
    },
  };
}

/** ask(key, {word, column, descending}) tells the kernel; open(id) opens a row's card. */
export function makeTable({ ask, open }) {
  let table = null;
  const states = new Map(); // By table: what was asked of it.
  const search = h("input", { type: "search", class: "raylite-filter", placeholder: "Filter", "aria-label": "Filter the rows" });
  const caption = h("caption");
  const headRow = h("tr");
  const body = h("tbody");
  const grid = h("table", {}, caption, h("thead", {}, headRow), body);
  const none = h("p", { hidden: "" });
  const note = h("div", { class: "raylite-detail" });
  const scroller = h("div", { class: "raylite-scroll", tabindex: "0", role: "region", "aria-label": "Table" }, grid);
  const bar = h("div", { class: "raylite-bar" }, search);
  const node = h("div", {}, bar, none, scroller, note);
  let timer = 0;

  const stateOf = () => {
    if (!states.has(table.key)) states.set(table.key, { word: "", column: "", descending: false });
    return states.get(table.key);
  };
  const tell = () => {
    clearTimeout(timer);
    const [key, state] = [table.key, { ...stateOf() }];
    timer = setTimeout(() => ask(key, state), ASK_AFTER_MS);
    draw(table);
  };
  search.addEventListener("input", () => {
    stateOf().word = search.value;
    tell();
  });

  const drawHead = list(headRow, () => {
    const mark = h("span", { "aria-hidden": "true" });
    const label = h("span");
    const button = h("button", { type: "button", class: "raylite-sort" }, label, mark);
    const th = h("th", { scope: "col" }, button);
    let key = "";
    button.addEventListener("click", () => {
      const state = stateOf();
      // First the way that is wanted most: numbers from the largest, words from A; then the other; then none.
      const isNumber = th.classList.contains("raylite-number");
      if (state.column !== key) Object.assign(state, { column: key, descending: isNumber });
      else if (state.descending === isNumber) state.descending = !isNumber;
      else state.column = "";
      tell();
    });
    return {
      node: th,
      draw([newKey, text, isNumber]) {
        key = newKey;
        const state = stateOf();
        const isSorted = state.column === key;
        setText(label, text);
        setText(mark, isSorted ? (state.descending ? " ▼" : " ▲") : "");
        setAttribute(th, "aria-sort", isSorted ? (state.descending ? "descending" : "ascending") : "none");
        setAttribute(th, "class", isNumber ? "raylite-number" : null);
      },
    };
  });

  const drawRows = list(body, () => {
    const tr = h("tr");
    const cells = [];
    const opener = h("button", { type: "button", class: "raylite-open" });
    let opens = "";
    opener.addEventListener("click", () => open(opens));
    return {
      node: tr,
      draw([, newOpens, given]) {
        opens = newOpens;
        while (cells.length > given.length) cells.pop().node.remove();
        while (cells.length < given.length) {
          const cell = cellNode();
          cells.push(cell);
          tr.append(cell.node);
        }
        given.forEach((cell, at) => cells[at].draw(cell, table.columns[at][2]));
        if (!opens || cells.length < 2) {
          opener.remove();
          return;
        }
        // The class of an actor is the button that opens its card.
        setText(cells[1].text, "");
        setText(opener, textOf(given[1]));
        setAttribute(opener, "aria-label", `Open the card of ${textOf(given[1])} ${textOf(given[2])}`.replace(" -", ""));
        if (opener.parentNode !== cells[1].node) cells[1].node.append(opener);
      },
    };
  });

  function draw(newest) {
    const isOther = table?.key !== newest.key;
    table = newest;
    const state = stateOf();
    if (isOther) {
      search.value = state.word;
      scroller.scrollTop = 0;
    }
    const word = state.word.trim().toLowerCase();
    let rows = table.rows;
    if (word) rows = rows.filter(([, , cells]) => cells.some((cell) => `${textOf(cell)} ${cell.i ?? ""}`.toLowerCase().includes(word)));
    const place = table.columns.findIndex(([key]) => key === state.column);
    if (place >= 0) {
      rows = [...rows].sort((a, b) => compare(a[2][place], b[2][place]));
      if (state.descending) rows.reverse();
    }
    setText(caption, word && rows.length === table.rows.length ? table.caption : word ? `${rows.length} of ${table.caption}` : table.caption);
    setAttribute(scroller, "aria-label", table.caption);
    setShown(grid, table.total > 0);
    setShown(bar, table.total > 0);
    setText(none, table.empty);
    setShown(none, table.total === 0);
    setText(note, table.note);
    setShown(note, Boolean(table.note) && table.total > 0);
    drawHead(table.columns);
    drawRows(rows);
  }

  return { node, bar, draw, close: () => clearTimeout(timer) };
}
