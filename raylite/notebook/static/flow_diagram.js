// The body of a flow: a sequence diagram that is made once. While it plays, only what begins, ends
// or grows at the moment is touched.

import { list, setAttribute, svg } from "./dom.js";

const TIP = 9;
const BAR = 11;
const LATER = "raylite-later";
const FAR = "raylite-far";
const BAND = 400;

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

function makeArrow(arrow, tell) {
  const angle = Math.atan2(arrow.y1 - arrow.y0, arrow.x1 - arrow.x0);
  const goesRight = arrow.x1 > arrow.x0;
  const backX = arrow.x1 - TIP * Math.cos(angle);
  const backY = arrow.y1 - TIP * Math.sin(angle);
  const line = svg("line", { class: "raylite-flow-line", x1: arrow.x0, y1: arrow.y0, x2: backX, y2: backY });
  const tip = svg("path", {
    class: "raylite-flow-tip", d: "M0 0L-9 4.5L-9 -4.5Z",
    transform: `translate(${arrow.x1} ${arrow.y1}) rotate(${(angle * 180) / Math.PI})`,
  });
  const label = svg("text", {
    class: "raylite-flow-label", x: arrow.x0 + (goesRight ? 13 : -13), y: arrow.y0 - 6,
    "text-anchor": goesRight ? "start" : "end",
  }, arrow.label, svg("tspan", { class: "raylite-flow-amount" }, arrow.detail ? ` ${arrow.detail}` : ""));
  const wide = svg("line", { class: "raylite-flow-wide", x1: arrow.x0, y1: arrow.y0, x2: arrow.x1, y2: arrow.y1 });
  const node = svg("g", {
    class: `raylite-flow-arrow raylite-is-${arrow.kind}`, tabindex: "-1", role: "img", "aria-label": arrow.said,
    onmouseenter: () => tell(arrow.said), onmouseleave: () => tell(""),
    onfocus: () => tell(arrow.said), onblur: () => tell(""),
  }, wide, line, tip, label);
  const { y0, y1 } = arrow;
  return {
    node, y0, y1,
    grow(part) {
      line.setAttribute("x2", (arrow.x0 + (backX - arrow.x0) * part).toFixed(1));
      line.setAttribute("y2", (arrow.y0 + (backY - arrow.y0) * part).toFixed(1));
      tip.style.visibility = part < 1 ? "hidden" : "";
    },
  };
}

function makeBar(bar) {
  const rect = svg("rect", {
    class: "raylite-flow-bar", x: bar.x - BAR / 2, y: bar.y0, width: BAR, rx: 3,
    height: Math.max(bar.y1 - bar.y0, 3),
  });
  const label = svg("text", {
    class: "raylite-flow-amount raylite-flow-halo", "text-anchor": bar.anchor,
    x: bar.x + (bar.anchor === "end" ? -BAR : BAR), y: bar.y0 + Math.max((bar.y1 - bar.y0) / 2 + 4, 10),
  }, bar.label);
  const node = svg("g", { class: `raylite-is-${bar.kind}` }, svg("title", {}, bar.said), rect, label);
  return {
    node, y0: bar.y0, y1: bar.y1,
    grow(part) {
      rect.setAttribute("height", Math.max((bar.y1 - bar.y0) * part, 3).toFixed(1));
      label.style.visibility = part > 0.5 ? "" : "hidden";
    },
  };
}

function makeMark(mark) {
  const width = mark.text.length * 7.4 + 22;
  const node = svg("g", { class: `raylite-flow-mark raylite-is-${mark.kind}`, transform: `translate(${mark.x} ${mark.y})` },
    svg("title", {}, mark.said),
    svg("rect", { x: -width / 2, y: -11, width, height: 22, rx: 11 }),
    svg("text", { y: 4, "text-anchor": "middle" }, mark.text));
  return { node, y0: mark.y, y1: mark.y, grow() {} };
}

function makeStep(step, goTo) {
  const node = svg("g", { class: `raylite-flow-step raylite-part-${step.phase}`, transform: `translate(0 ${step.y})`, onclick: () => goTo(step.number) },
    svg("title", {}, step.text),
    svg("line", { class: "raylite-flow-guide", x1: 132, x2: 960 }),
    svg("circle", { cx: 26, r: 10.5 }),
    svg("text", { class: "raylite-flow-number", x: 26, y: 4, "text-anchor": "middle" }, String(step.number)),
    svg("text", { class: "raylite-flow-amount", x: 43, y: 4 }, step.time));
  return { node, y0: step.y, y1: step.y, grow() {} };
}

/** The diagram. tell(text) says what an arrow is, goTo(number) moves to a step. */
export function diagram(tell, goTo) {
  const [lanes, guides, bars, arrows, marks] = [svg("g"), svg("g"), svg("g"), svg("g"), svg("g")];
  const head = svg("line", { class: "raylite-flow-head", x1: 132, y1: 0, x2: 0, y2: 0 });
  const node = svg("svg", { class: "raylite-flow-body", role: "group", "aria-label": "Sequence diagram" },
    lanes, guides, head, bars, arrows, marks);
  const drawLanes = list(lanes, () => {
    const line = svg("line", { class: "raylite-flow-lane", y1: 0 });
    return { node: line, draw: ({ x, height }) => Object.entries({ x1: x, x2: x, y2: height }).forEach(([name, value]) => setAttribute(line, name, value)) };
  });
  const takes = {
    steps: keyed(guides, (step) => makeStep(step, goTo)),
    bars: keyed(bars, makeBar),
    arrows: keyed(arrows, (arrow) => makeArrow(arrow, tell)),
    marks: keyed(marks, makeMark),
  };
  let all = [];
  let begun = 0;
  let growing = new Set();
  let byStep = new Map();
  let focused = null;
  const near = nearby();

  return {
    node,
    take(view) {
      setAttribute(node, "viewBox", `0 0 ${view.width} ${Math.max(view.height, 1)}`);
      setAttribute(head, "x2", view.width);
      drawLanes(view.lanes.map(({ x }) => ({ x, height: view.height - 8 })));
      const steps = takes.steps(view.steps.map((step) => ({ ...step, key: step.number })));
      const texts = new Map(view.steps.map((step) => [step.number, step.text]));
      const lines = takes.arrows(view.arrows.map((arrow) => ({ ...arrow, said: arrow.said || texts.get(arrow.number) })));
      byStep = new Map(lines.map((entry) => [entry.item.number, entry]));
      all = [...steps, ...takes.bars(view.bars), ...lines, ...takes.marks(view.marks)].sort((a, b) => a.y0 - b.y0);
      begun = 0;
      growing = new Set();
      for (const one of all) one.node.classList.add(LATER);
      near.take(all);
    },
    see: near.see,
    /** What there is up to this height. */
    at(y) {
      while (begun < all.length && all[begun].y0 <= y) {
        const one = all[begun];
        one.node.classList.remove(LATER);
        growing.add(one);
        begun += 1;
      }
      while (begun > 0 && all[begun - 1].y0 > y) {
        begun -= 1;
        all[begun].node.classList.add(LATER);
        growing.delete(all[begun]);
      }
      for (const one of growing) {
        const part = one.y1 > one.y0 ? Math.min((y - one.y0) / (one.y1 - one.y0), 1) : 1;
        one.grow(part);
        if (part >= 1) {
          growing.delete(one);
          one.isGrown = true;
        }
      }
      // Going back: what was whole may be in the middle again.
      for (let index = begun - 1; index >= 0 && index >= begun - 60; index -= 1) {
        const one = all[index];
        if (one.isGrown && one.y1 > y) {
          one.isGrown = false;
          growing.add(one);
          one.grow((y - one.y0) / (one.y1 - one.y0));
        }
      }
      head.setAttribute("transform", `translate(0 ${y.toFixed(1)})`);
    },
    /** Marks the arrow of a step, which is the one that can be reached with Tab. */
    mark(number) {
      const found = byStep.get(number) ?? null;
      if (found === focused) return;
      focused?.node.classList.remove("raylite-current");
      focused?.node.setAttribute("tabindex", "-1");
      focused = found;
      focused?.node.classList.add("raylite-current");
      focused?.node.setAttribute("tabindex", "0");
    },
  };
}

/** The table of all steps, which is filled when somebody opens it. */
export function setRows(body, view, h) {
  const titles = new Map(view.phases.map((phase) => [phase.number, phase.title]));
  body.replaceChildren(...view.steps.map((step) =>
    h("tr", {}, h("th", { scope: "row" }, String(step.number)), h("td", { class: "raylite-number" }, step.time),
      h("td", {}, titles.get(step.phase) ?? ""), h("td", {}, step.text))));
}

