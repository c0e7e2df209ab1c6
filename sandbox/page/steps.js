// The first-use hint: dial, choose a child, pay. Each step is ticked when it has been done; closed for good on request.

import { el, memory } from "./dom.js";

const STEPS = [
  ["dialled", (code) => ["Dial ", el("b", {}, code)]],
  ["answered", () => ["Choose a child"]],
  ["paid", () => ["Pay: any 4-digit PIN"]],
];

export class Steps {
  constructor(root) {
    this.root = root;
    this.done = new Set();
    this.closed = memory.get("steps") === "closed";
  }

  show(code) {
    this.code = code;
    this.draw();
  }

  did(step) {
    this.done.add(step);
    this.draw();
  }

  draw() {
    this.root.hidden = this.closed;
    const next = STEPS.findIndex(([step]) => !this.done.has(step));
    const finished = next === -1;
    this.root.classList.toggle("finished", finished);
    this.root.replaceChildren(
      ...STEPS.map(([step, words], nth) =>
        el("li", { class: this.done.has(step) ? "done" : nth === next ? "next" : "", "aria-current": nth === next ? "step" : null },
          el("span", { class: "tick", "aria-hidden": "true" }, this.done.has(step) ? "✓" : String(nth + 1)),
          el("span", {}, words(this.code), this.done.has(step) && el("span", { class: "unseen" }, ", done")),
        ),
      ),
      el("li", { class: "close" },
        finished && el("span", { class: "end" }, "Done. The receipt is in Messages."),
        el("button", { type: "button", "aria-label": "Hide these steps", onclick: () => this.close() }, "×"),
      ),
    );
  }

  close() {
    this.closed = true;
    memory.set("steps", "closed");
    this.draw();
  }
}
