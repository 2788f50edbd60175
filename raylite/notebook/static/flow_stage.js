// The head of a flow: a box for each lane, and the calls as tokens that stand and move below it.

import { list, setAttribute, setText, svg } from "./dom.js";
import { lastUpTo } from "./player.js";

const HEIGHT = 112;
const TOKEN_Y = 96;
const [UNSEEN, WAITS, MOVES, RUNS] = [0, 1, 2, 3];
const CROWD = 24; // When more than these move, those are left out that others cover.
const COVERED = 8;
const LOOKS = ["", "waits", "moves", "runs", "good", "bad"];
const ofStop = (stop) => stop[0];
const ofText = (entry) => entry[0];

function box() {
  const title = svg("text", { class: "raylite-lane-title", y: 27, "text-anchor": "middle" });
  const detail = svg("text", { class: "raylite-lane-detail", y: 45, "text-anchor": "middle" });
  const said = svg("title");
  const rect = svg("rect", { class: "raylite-lane-box", y: 6, height: 50, rx: 8 });
  const node = svg("g", {}, said, rect, title, detail);
  return {
    node,
    draw(lane) {
      setAttribute(node, "transform", `translate(${lane.x} 0)`);
      setAttribute(node, "class", `raylite-of-${lane.kind}`);
      setAttribute(rect, "x", -lane.width / 2);
      setAttribute(rect, "width", lane.width);
      setText(title, clipped(lane.title, Math.floor(lane.width / 9.8)));
      setText(detail, clipped(lane.detail, Math.floor(lane.width / 7)));
      setText(said, `${lane.title} ${lane.detail}`);
    },
  };
}

function clipped(text, length) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function tallyText() {
  const node = svg("text", { class: "raylite-lane-detail", y: 75, "text-anchor": "middle" });
  return { node, draw: (tally) => setAttribute(node, "x", tally.x) };
}

function token() {
  const label = svg("text", { "text-anchor": "middle", y: 4 });
  const said = svg("title");
  const node = svg("g", { class: "raylite-token" }, said, svg("circle", { r: 9.5 }), label);
  return {
    node,
    draw(one) {
      setText(label, one.label);
      setText(said, one.said);
      node.style.display = "none";
    },
  };
}

/** Where a token is at a height: [x, how]. */
export function placeOf(stops, y) {
  const at = lastUpTo(stops, y, ofStop);
  if (at < 0) return [0, UNSEEN];
  const [begin, until, x, how] = stops[at];
  if (y >= until || at === 0) return [x, how];
  const from = stops[at - 1][2];
  const part = (y - begin) / (until - begin);
  const eased = part * part * (3 - 2 * part);
  return [from + (x - from) * eased, how === UNSEEN ? UNSEEN : how];
}

/** Of a crowd so close to each other every second one is left out, of a closer one every other of these. */
function isCovered(index, gap) {
  const every = 2 ** Math.ceil(Math.log2(Math.max(COVERED / Math.max(gap, 0.1), 1)));
  return index % every > 0;
}

export function stage() {
  const boxes = svg("g");
  const tallies = svg("g");
  const tokens = svg("g");
  const node = svg("svg", { class: "raylite-flow-stage", "aria-hidden": "true" }, boxes, tallies, tokens);
  const drawBoxes = list(boxes, box);
  const drawTallies = list(tallies, tallyText);
  const drawTokens = list(tokens, token);
  let flow = null;
  let shown = [];
  let moving = 0; // When it was drawn last.
  return {
    node,
    take(view) {
      flow = view;
      setAttribute(node, "viewBox", `0 0 ${view.width} ${view.tokens.length || view.tallies.length ? HEIGHT : 64}`);
      drawBoxes(view.lanes);
      drawTallies(view.tallies);
      drawTokens(view.tokens);
      shown = view.tokens.map(() => "");
    },
    at(y) {
      flow.tallies.forEach((tally, index) => {
        const at = lastUpTo(tally.texts, y, ofText);
        setText(tallies.children[index], at < 0 ? "" : tally.texts[at][1]);
      });
      const isCrowd = moving > CROWD;
      let beforeX = -Infinity;
      moving = 0;
      flow.tokens.forEach((one, index) => {
        const [x, how] = placeOf(one.stops, y);
        let isSeen = how !== UNSEEN;
        if (how === MOVES) {
          isSeen = !isCrowd || !isCovered(index, Math.abs(x - beforeX));
          beforeX = x;
          moving += 1;
        }
        const key = isSeen ? `${how} ${x.toFixed(1)}` : "";
        if (shown[index] === key) return;
        const element = tokens.children[index];
        if (!key) element.style.display = "none";
        else {
          const lift = how === MOVES || how === RUNS ? -1 : 0;
          element.setAttribute("transform", `translate(${x.toFixed(1)} ${TOKEN_Y + lift})`);
          if (shown[index][0] !== key[0]) element.setAttribute("class", `raylite-token raylite-${LOOKS[how] || LOOKS[WAITS]}`);
          if (!shown[index]) element.style.display = "";
        }
        shown[index] = key;
      });
    },
  };
}
