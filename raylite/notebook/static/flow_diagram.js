// The body of a flow: a sequence diagram that is made once. While it plays, only what begins or
// grows at the moment is touched.
//
// It has three sheets. What takes long and grows, bars and guides, lies whole on the lowest one and
// is never touched. A cover of the paper's colour, with the moment for its upper edge, slides down
// over it and so lets it grow. On top lies what is there at once: numbers, messages, words.

import { h, list, setAttribute, svg } from "./dom.js";

const TIP = 9;
const BAR = 11;
const LATER = "raylite-later";
const FAR = "raylite-far";
const BAND = 400;
const GUTTER = 132; // On the left, for the numbers of the steps and their times.
const EDGE = 3;
const SOLID = new Set(["running", "failed"]); // The other bars are dashed: nothing runs there.

/** Has only those drawn that are near what is seen: of a long flow a browser paints all, otherwise. */
function nearby() {
  let bands = new Map();
  let shown = new Set();
  return {
    take(items) {
      bands = new Map();
      shown = new Set();
      for (const one of items) {
        one.near = 0;
        one.node.classList.add(FAR);
        for (let band = Math.floor(one.y0 / BAND); band <= Math.floor(one.y1 / BAND); band += 1) {
          if (!bands.has(band)) bands.set(band, []);
          bands.get(band).push(one);
        }
      }
    },
    /** What is seen reaches from here to there. */
    see(top, bottom) {
      const wanted = new Set();
      for (let band = Math.floor(top / BAND) - 1; band <= Math.floor(bottom / BAND) + 1; band += 1) wanted.add(band);
      for (const band of wanted) if (!shown.has(band)) for (const one of bands.get(band) ?? []) if ((one.near += 1) === 1) one.node.classList.remove(FAR);
      for (const band of shown) if (!wanted.has(band)) for (const one of bands.get(band) ?? []) if ((one.near -= 1) === 0) one.node.classList.add(FAR);
      shown = wanted;
    },
  };
}

/** Elements by the key of what they draw; one that looks the same as before is left alone. */
function keyed(parent, make) {
  const known = new Map();
  return function take(items) {
    const wanted = new Set();
    const found = items.map((item) => {
      const look = JSON.stringify(item);
      wanted.add(item.key);
      let entry = known.get(item.key);
      if (entry?.look !== look) {
        const made = make(item);
        if (entry) entry.node.replaceWith(made.node);
        else parent.append(made.node);
        entry = { ...made, look, item };
        known.set(item.key, entry);
      }
      return entry;
    });
    for (const [key, entry] of known) {
      if (!wanted.has(key)) {
        entry.node.remove();
        known.delete(key);
      }
    }
    return found;
  };
}

/** What is drawn of a message: its line, which the cover lets grow. */
function makeLine(arrow) {
  const angle = Math.atan2(arrow.y1 - arrow.y0, arrow.x1 - arrow.x0);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const at = (along, across) => `${(arrow.x1 + along * cos - across * sin).toFixed(1)} ${(arrow.y1 + along * sin + across * cos).toFixed(1)}`;
  const node = svg("g", { class: `raylite-is-${arrow.kind}` },
    svg("line", { class: "raylite-flow-line", x1: arrow.x0, y1: arrow.y0, x2: arrow.x1 - TIP * cos, y2: arrow.y1 - TIP * sin }),
    svg("path", { class: "raylite-flow-tip", d: `M${at(0, 0)}L${at(-TIP, TIP / 2)}L${at(-TIP, -TIP / 2)}Z` }));
  return { node, y0: arrow.y0, y1: arrow.y1 };
}

/** What is said of a message: its label, and where it can be pointed at. stress() marks its line. */
function makeArrow(arrow, tell, stress) {
  const goesRight = arrow.x1 > arrow.x0;
  const label = svg("text", {
    class: "raylite-flow-label", x: arrow.x0 + (goesRight ? 13 : -13), y: arrow.y0 - 6,
    "text-anchor": goesRight ? "start" : "end",
  }, arrow.label, svg("tspan", { class: "raylite-flow-amount" }, arrow.detail ? ` ${arrow.detail}` : ""));
  const wide = svg("line", { class: "raylite-flow-wide", x1: arrow.x0, y1: arrow.y0, x2: arrow.x1, y2: arrow.y1 });
  const reached = (isReached) => () => {
    tell(isReached ? arrow.said : "");
    stress(arrow, isReached);
  };
  const node = svg("g", {
    class: "raylite-flow-arrow", tabindex: "-1", role: "img", "aria-label": arrow.said,
    onmouseenter: reached(true), onmouseleave: reached(false), onfocus: reached(true), onblur: reached(false),
  }, wide, label);
  return { node, y0: arrow.y0, y1: arrow.y1 };
}

function makeBar(bar) {
  const [left, right, bottom] = [bar.x - BAR / 2, bar.x + BAR / 2, Math.max(bar.y1, bar.y0 + 3)];
  const rect = svg("rect", { class: "raylite-flow-bar", x: left, y: bar.y0, width: BAR, rx: 3, height: bottom - bar.y0 });
  const node = svg("g", { class: `raylite-is-${bar.kind}` }, svg("title", {}, bar.said), rect);
  if (!SOLID.has(bar.kind)) {
    // Dashes of a line are drawn where it is seen; those of a rectangle all, and it may be long.
    const side = (x) => svg("line", { class: "raylite-flow-side", x1: x, x2: x, y1: bar.y0, y2: bottom });
    const ends = svg("path", { class: "raylite-flow-side", d: `M${left} ${bar.y0}H${right}M${left} ${bottom}H${right}` });
    node.append(side(left), side(right), ends);
  }
  return { node, y0: bar.y0, y1: bottom };
}

function makeBarLabel(bar) {
  const half = (bar.y1 - bar.y0) / 2;
  const node = svg("text", {
    class: "raylite-flow-amount raylite-flow-halo", "text-anchor": bar.anchor,
    x: bar.x + (bar.anchor === "end" ? -BAR : BAR), y: bar.y0 + Math.max(half + 4, 10),
  }, bar.label);
  return { node, y0: bar.y0 + half, y1: bar.y0 + half };
}

function makeMark(mark) {
  const width = mark.text.length * 7.4 + 22;
  const node = svg("g", { class: `raylite-flow-mark raylite-is-${mark.kind}` },
    svg("title", {}, mark.said),
    svg("rect", { x: mark.x - width / 2, y: mark.y - 11, width, height: 22, rx: 11 }),
    svg("text", { x: mark.x, y: mark.y + 4, "text-anchor": "middle" }, mark.text));
  return { node, y0: mark.y, y1: mark.y };
}

function makeStep(step, goTo) {
  const node = svg("g", { class: `raylite-flow-step raylite-part-${step.phase}`, onclick: () => goTo(step.number) },
    svg("title", {}, step.text),
    svg("circle", { cx: 26, cy: step.y, r: 10.5 }),
    svg("text", { class: "raylite-flow-number", x: 26, y: step.y + 4, "text-anchor": "middle" }, String(step.number)),
    svg("text", { class: "raylite-flow-amount", x: 43, y: step.y + 4 }, step.time));
  return { node, y0: step.y, y1: step.y };
}

function makeGuide({ y }) {
  return { node: svg("line", { class: "raylite-flow-guide", x1: GUTTER, x2: 960 - EDGE, y1: y, y2: y }), y0: y, y1: y };
}

/** A sheet of the picture, as large as the others. */
function sheet(name, ...children) {
  return svg("svg", { class: `raylite-flow-sheet raylite-flow-${name}`, role: "none" }, ...children);
}

/** The line of the moment, and below it paper with the lanes on it. */
function cover() {
  const lanes = svg("g");
  const node = sheet("cover",
    svg("rect", { class: "raylite-flow-paper", height: "100%" }), lanes,
    svg("line", { class: "raylite-flow-head", y1: 0.75, y2: 0.75, x2: "100%" }));
  const drawLanes = list(lanes, () => {
    const line = svg("line", { class: "raylite-flow-lane", y2: "100%" });
    return { node: line, draw: (x) => ["x1", "x2"].forEach((name) => setAttribute(line, name, x)) };
  });
  let seen = -1;
  return {
    node,
    take(view) {
      const share = (x) => `${((x / view.width) * 100).toFixed(3)}%`;
      drawLanes(view.lanes.map(({ x }) => share(x)));
      setAttribute(node.lastChild, "x1", share(GUTTER));
      // At the edges is the pane's outline when it has the focus.
      setAttribute(node.firstChild, "x", share(GUTTER - EDGE));
      setAttribute(node.firstChild, "width", share(view.width - GUTTER));
    },
    at(px) {
      if (px === seen) return;
      seen = px;
      node.style.transform = `translateY(${px}px)`;
    },
  };
}

/** The diagram. tell(text) says what an arrow is, goTo(number) moves to a step. */
export function diagram(tell, goTo) {
  const [lanes, guides, bars, lines] = [svg("g"), svg("g"), svg("g"), svg("g")];
  const [labels, arrows, marks, steps] = [svg("g"), svg("g"), svg("g"), svg("g")];
  const [below, over, above] = [sheet("below", lanes, guides, bars, lines), cover(), sheet("above", steps, labels, arrows, marks)];
  const node = h("div", { class: "raylite-flow-body", role: "group", "aria-label": "Sequence diagram" }, below, over.node, above);
  const drawLanes = list(lanes, () => {
    const line = svg("line", { class: "raylite-flow-lane", y1: 0 });
    return { node: line, draw: ({ x, height }) => Object.entries({ x1: x, x2: x, y2: height }).forEach(([name, value]) => setAttribute(line, name, value)) };
  });
  const takes = {
    guides: keyed(guides, makeGuide),
    bars: keyed(bars, makeBar),
    labels: keyed(labels, makeBarLabel),
    lines: keyed(lines, makeLine),
    arrows: keyed(arrows, (arrow) => makeArrow(arrow, tell, stress)),
    marks: keyed(marks, makeMark),
    steps: keyed(steps, (step) => makeStep(step, goTo)),
  };
  let all = []; // What begins, in this order; what lies below the cover is not among it.
  let begun = 0;
  let byStep = new Map();
  let lineOf = new Map();
  let current = null;
  const near = nearby();

  /** The line of an arrow that is pointed at, or of the present step, is drawn bold. */
  function stress(arrow, isReached) {
    lineOf.get(arrow.key)?.classList.toggle("raylite-stressed", isReached || current?.item.key === arrow.key);
  }

  return {
    node,
    take(view) {
      for (const one of [below, above]) setAttribute(one, "viewBox", `0 0 ${view.width} ${Math.max(view.height, 1)}`);
      drawLanes(view.lanes.map(({ x }) => ({ x, height: view.height - 8 })));
      over.take(view);
      const texts = new Map(view.steps.map((step) => [step.number, step.text]));
      const told = takes.arrows(view.arrows.map((arrow) => ({ ...arrow, said: arrow.said || texts.get(arrow.number) })));
      byStep = new Map(told.map((entry) => [entry.item.number, entry]));
      const words = takes.labels(view.bars.filter((bar) => bar.label));
      const numbers = takes.steps(view.steps.map((step) => ({ ...step, key: step.number })));
      all = [...numbers, ...words, ...told, ...takes.marks(view.marks)].sort((a, b) => a.y0 - b.y0);
      begun = 0;
      for (const one of all) one.node.classList.add(LATER);
      const drawn = takes.lines(view.arrows.map(({ key, kind, x0, y0, x1, y1 }) => ({ key, kind, x0, y0, x1, y1 })));
      lineOf = new Map(drawn.map((entry) => [entry.item.key, entry.node]));
      near.take([...all, ...drawn, ...takes.bars(view.bars), ...takes.guides(view.steps.map(({ number, y }) => ({ key: number, y })))]);
    },
    see: near.see,
    /** What there is up to this height, of which so many pixels make one. */
    at(y, scale) {
      for (; begun < all.length && all[begun].y0 <= y; begun += 1) all[begun].node.classList.remove(LATER);
      for (; begun > 0 && all[begun - 1].y0 > y; begun -= 1) all[begun - 1].node.classList.add(LATER);
      over.at(Math.round(y * scale));
    },
    /** Marks the arrow of a step, which is the one that can be reached with Tab. */
    mark(number) {
      const found = byStep.get(number) ?? null;
      if (found === current) return;
      const last = current;
      current = found;
      for (const one of [last, found]) {
        if (!one) continue;
        one.node.classList.toggle("raylite-current", one === current);
        one.node.setAttribute("tabindex", one === current ? "0" : "-1");
        stress(one.item, one.node.matches(":hover, :focus-visible"));
      }
    },
  };
}

/** The table of all steps, which is filled when somebody opens it. */
export function setRows(body, view) {
  const titles = new Map(view.phases.map((phase) => [phase.number, phase.title]));
  body.replaceChildren(...view.steps.map((step) =>
    h("tr", {}, h("th", { scope: "row" }, String(step.number)), h("td", { class: "raylite-number" }, step.time),
      h("td", {}, titles.get(step.phase) ?? ""), h("td", {}, step.text))));
}

