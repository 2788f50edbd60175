// Draws the chip of an ObjectRef, as raylite/notebook/chip/model.py says it.

import { h, liveView, setAttribute, setShown, setText } from "./dom.js";

function build(root, { speak }) {
  const sign = h("span", { class: "raylite-chip-sign", "aria-hidden": "true" });
  const word = h("strong");
  const howLong = h("span");
  const what = h("span");
  const preview = h("code");
  const below = h("div", { class: "raylite-detail" });
  root.append(h("div", { class: "raylite-chip-line" }, h("span", { class: "raylite-chip-state" }, sign, word), howLong, what, preview), below);
  let before = "";
  return function draw(view) {
    setAttribute(root, "data-tone", view.tone);
    setText(sign, view.sign);
    setText(word, view.word);
    setText(howLong, view.how_long);
    setText(what, view.what);
    setText(preview, view.preview);
    setShown(preview, Boolean(view.preview));
    setText(below, [view.call, view.made, view.id].filter(Boolean).join(" · "));
    if (view.word !== before) speak(view.told, true);
    before = view.word;
  };
}

export default liveView("chip", build);
