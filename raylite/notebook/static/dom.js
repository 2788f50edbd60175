// What all pictures need of the browser: elements, drawing in frames, a voice, a line to the kernel.
//
// Text of the user's only ever gets into the page as textContent or as an attribute's value, so
// nothing has to be escaped, and no markup of a user's is ever read as markup.

import { inSlots } from "./slots.js";

const SVG = "http://www.w3.org/2000/svg";
const SPEAK_EVERY_MS = 5000; // A screen reader reads each change aloud: ten a second would be noise.

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) setAttribute(node, name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Sets, changes or (for null, undefined and false) takes away; `on...` adds a listener. */
export function setAttribute(node, name, value) {
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : value);
}

/** An element: h("td", {class: "number"}, "42"). Strings among the children are text. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for a drawing. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Changes the text, if it is another one: who reads or selects is not disturbed. */
export function setText(node, text) {
  const wanted = text ?? "";
  if (node.textContent !== wanted) node.textContent = wanted;
}

/** Shows or hides. */
export function setShown(node, isShown) {
  if (node.hidden === isShown) node.hidden = !isShown;
}

/**
 * Keeps as many children as there are items: make() gives a new {node, draw(item), ...}.
 * What is there already is drawn anew and not replaced, so that the focus stays where it is.
 */
export function list(parent, make) {
  const rows = [];
  return function drawAll(items) {
    while (rows.length > items.length) rows.pop().node.remove();
    while (rows.length < items.length) {
      const row = make();
      parent.append(row.node);
      rows.push(row);
    }
    items.forEach((item, index) => rows[index].draw(item, index));
  };
}

/** Calls draw() at the next frame, once for however many calls of what it returns. */
export function inFrames(draw) {
  let frame = 0;
  const run = () => {
    frame = 0;
    draw();
  };
  const soon = () => {
    frame ||= requestAnimationFrame(run);
  };
  soon.cancel = () => {
    cancelAnimationFrame(frame);
    frame = 0;
  };
  return soon;
}

/** Says something now and then to people who listen instead of looking: speak(text, atOnce). */
export function voice(parent) {
  const node = h("div", { class: "raylite-voice", role: "status", "aria-live": "polite" });
  parent.append(node);
  let spokenAt = -Infinity;
  return function speak(text, atOnce) {
    const now = performance.now();
    if (text && (atOnce || now - spokenAt >= SPEAK_EVERY_MS) && node.textContent !== text) {
      node.textContent = text;
      spokenAt = now;
    }
  };
}

/** Whether the user has asked for less movement. */
export function wantsCalm() {
  return globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
}

/**
 * A button that asks for a second press within four seconds: confirmed("Kill", "Kill now?", act).
 * Its draw(isEnabled, why) greys it out and says why.
 */
export function confirmed(label, question, act) {
  let timer = 0;
  const node = h("button", { type: "button", class: "raylite-button" }, label);
  const rest = () => {
    clearTimeout(timer);
    timer = 0;
    node.classList.remove("raylite-asks");
    setText(node, label);
  };
  node.addEventListener("click", () => {
    if (node.getAttribute("aria-disabled") === "true") return;
    if (timer) {
      rest();
      act();
      return;
    }
    node.classList.add("raylite-asks");
    setText(node, question);
    timer = setTimeout(rest, 4000);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && timer) rest();
  });
  return {
    node,
    // Not `disabled`: whoever goes through by keyboard is to find it, and to hear why.
    draw(isEnabled, why) {
      if (!isEnabled && timer) rest();
      setAttribute(node, "aria-disabled", isEnabled ? "false" : "true");
      setAttribute(node, "title", why);
      setAttribute(node, "aria-label", why && !isEnabled ? `${label}: ${why}` : null);
    },
  };
}

/**
 * What a picture's module exports: export default liveView("card", build).
 *
 * build(root, {send, speak, model, signal}) fills the root once and returns draw(view), which is
 * called with the newest view, at most once a frame. If it returns {draw, close}, close() is called
 * at the end; signal is aborted then, too.
 */
export function liveView(name, build) {
  function render({ model, el }) {
    const ended = new AbortController();
    const root = h("div", { class: `raylite raylite-${name}` });
    const trouble = h("div", { class: "raylite-trouble", role: "alert", hidden: "" });
    const stale = h("div", { class: "raylite-note", hidden: "" }, "The kernel is gone: this is what was known last.");
    el.append(root, trouble, stale);
    for (const below of [trouble, stale]) below.classList.add("raylite");
    const speak = voice(el);
    let isDead = false;
    const send = (message) => isDead || model.send(message);
    const made = build(root, { send, speak, model, signal: ended.signal });
    const { draw, close } = typeof made === "function" ? { draw: made } : made;
    const drawNewest = () => {
      const view = JSON.parse(model.get("view")); // As one text: see live/view.py.
      draw(view);
      setText(trouble, view.trouble);
      setShown(trouble, Boolean(view.trouble));
    };
    const soon = inFrames(drawNewest);
    const onDead = () => {
      isDead = true;
      root.classList.add("raylite-stale");
      setShown(stale, true);
    };
    model.on("change:view", soon);
    model.on("comm_live_update", onDead);
    drawNewest();
    return () => {
      soon.cancel();
      model.off("change:view", soon);
      model.off("comm_live_update", onDead);
      ended.abort();
      close?.();
    };
  }
  return { render, initialize: inSlots(render) };
}
