// Plays a flow: where it is, how fast it goes, from step to step. Knows nothing of elements.
//
// A position is a height in the picture. Knots say which moment that is, so that the same position
// can be moved at the pace of the clock, slowed down, or at a step a second.

const SHORTEST_PX_PER_S = 900; // What took no time at all is still seen to move.
const LONGEST_S = 2.5; // A pause of the program is not waited for any longer.
const STEP_S = 1;
const BEFORE_NEXT_PX = 1;

export const SPEEDS = [
  { label: "one step a second", factor: 0 },
  { label: "1/1000 of the speed", factor: 1 / 1000 },
  { label: "1/100 of the speed", factor: 1 / 100 },
  { label: "1/10 of the speed", factor: 1 / 10 },
  { label: "real speed", factor: 1 },
];

/** The index of the last of these that is not above a position; -1 if there is none. */
export function lastUpTo(items, y, height) {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (height(items[middle]) <= y) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const yOfKnot = (knot) => knot[0];
const yOfStep = (step) => step.y;

export class Player {
  constructor() {
    this.flow = { knots: [], steps: [], height: 0 };
    this.y = 0;
    this.speed = 0;
    this.isPlaying = false;
  }

  get end() {
    return this.flow.height;
  }

  get isAtEnd() {
    return this.y >= this.end;
  }

  /** The number of steps that have begun. */
  get step() {
    return lastUpTo(this.flow.steps, this.y, yOfStep) + 1;
  }

  /** Seconds after the first moment. */
  get seconds() {
    return this.secondsAt(this.y);
  }

  secondsAt(y) {
    const { knots } = this.flow;
    const at = lastUpTo(knots, y, yOfKnot);
    if (at < 0) return 0;
    const [from, to] = [knots[at], knots[at + 1]];
    if (!to) return from[1];
    return from[1] + ((y - from[0]) / (to[0] - from[0])) * (to[1] - from[1]);
  }

  /** Takes a longer flow; the position stays at the moment at which it was. */
  take(flow) {
    const wasAtEnd = this.isAtEnd;
    const number = this.step;
    const before = this.flow.steps[number - 1];
    this.flow = flow;
    const now = flow.steps[number - 1];
    if (wasAtEnd && !this.isPlaying) this.y = this.end;
    else if (before && now) this.y += now.y - before.y;
    this.y = Math.min(Math.max(this.y, 0), this.end);
    if (!this.isAtEnd && this.step !== number) this.goTo(number);
  }

  play() {
    if (this.isAtEnd) this.y = 0;
    this.isPlaying = true;
  }

  pause() {
    this.isPlaying = false;
  }

  seek(y) {
    this.y = Math.min(Math.max(y, 0), this.end);
  }

  /** To a step, counted from 1; 0 is before the first one. */
  goTo(number) {
    const { steps } = this.flow;
    if (number < 1) this.y = 0;
    else if (number > steps.length) this.y = this.end;
    else this.y = this.restOf(number);
  }

  /** Where one stops at a step: all that it draws is there, and nothing of the next one. */
  restOf(number) {
    const { steps } = this.flow;
    if (number < 1) return 0;
    const next = steps[number]?.y ?? this.end;
    return Math.max(steps[number - 1].y, next - BEFORE_NEXT_PX);
  }

  stepBy(by) {
    this.pause();
    this.goTo(this.step + by);
  }

  /** So many seconds have passed; gives whether the position has changed. */
  advance(seconds) {
    if (!this.isPlaying) return false;
    const before = this.y;
    if (SPEEDS[this.speed].factor) this.#advanceInTime(seconds);
    else this.#advanceInSteps(seconds);
    if (this.isAtEnd) this.isPlaying = false;
    return this.y !== before;
  }

  #advanceInSteps(seconds) {
    const { steps } = this.flow;
    const at = lastUpTo(steps, this.y, yOfStep);
    const from = at < 0 ? 0 : steps[at].y;
    const to = at + 1 < steps.length ? steps[at + 1].y : this.end;
    this.y = Math.min(this.y + (Math.max(to - from, 1) * seconds) / STEP_S, to);
  }

  #advanceInTime(seconds) {
    const { knots } = this.flow;
    const { factor } = SPEEDS[this.speed];
    let left = seconds;
    let at = lastUpTo(knots, this.y, yOfKnot);
    while (left > 0 && this.y < this.end) {
      const from = knots[at] ?? [0, 0];
      const to = knots[at + 1] ?? [this.end, from[1]];
      const px = Math.max(to[0] - from[0], 0.01);
      const slowed = (to[1] - from[1]) / factor;
      const pace = px / Math.min(Math.max(slowed, px / SHORTEST_PX_PER_S), LONGEST_S);
      const rest = to[0] - this.y;
      const needed = rest / pace;
      if (needed > left) {
        this.y += left * pace;
        return;
      }
      this.y = to[0];
      left -= needed;
      at += 1;
      if (at >= knots.length) {
        this.y = this.end;
        return;
      }
    }
  }
}
