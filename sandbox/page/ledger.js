// The books beside the phone: balances that count up, and the journal as stories. A story is one trace: what a provider
// told us, the entry that it led to, and the message that followed.

import { calm, el, icon } from "./dom.js";
import { amount, day, isToday, seconds } from "./words.js";

const COUNT_MS = 900;
const MOST_STORIES = 12;
const FIRST_STORIES = 5;
const MOST_ENTRIES = 3;

const ABOUT = {
  float: "arrived and ours",
  receivable: "by families",
  credit: "paid ahead",
  suspense: "owner unknown",
};

export class Balances {
  constructor(root) {
    this.root = root;
    this.lines = new Map();
  }

  show(totals) {
    for (const line of totals) {
      const key = `${line.kind}/${line.currency}`;
      if (!this.lines.has(key)) this.add(key, line);
      this.count(this.lines.get(key), line);
    }
  }

  add(key, line) {
    const figure = el("span", { class: "figure" });
    const change = el("span", { class: "change", "aria-hidden": "true" });
    const node = line.kind === "trial"
      ? el("div", { class: "stamp" }, el("span", { class: "label" }, line.name), figure, el("span", { class: "verdict" }))
      : el("div", { class: "balance" },
          el("span", { class: "label" }, line.name), el("span", { class: "about" }, ABOUT[line.kind] ?? ""), figure, change);
    this.root.append(node);
    this.lines.set(key, { node, figure, change, minor: null, shown: 0, frame: 0 });
  }

  count(entry, line) {
    const { node, figure, change } = entry;
    const from = entry.minor;
    if (from === line.minor) return;
    const write = (minor) => {
      entry.shown = minor;
      figure.textContent = amount(minor, line.decimals);
    };
    entry.minor = line.minor;
    if (line.kind === "trial") {
      node.classList.toggle("wrong", line.minor !== 0);
      node.querySelector(".verdict").textContent = line.minor === 0 ? "in balance" : "out of balance";
    }
    cancelAnimationFrame(entry.frame);
    if (from === null || calm()) write(line.minor);
    else {
      const start = entry.shown;
      const begun = performance.now();
      const step = (now) => {
        const part = Math.min((now - begun) / COUNT_MS, 1);
        const eased = 1 - (1 - part) ** 3;
        write(part === 1 ? line.minor : Math.round(start + (line.minor - start) * eased));
        if (part < 1) entry.frame = requestAnimationFrame(step);
      };
      entry.frame = requestAnimationFrame(step);
    }
    if (from === null || line.kind === "trial") return;
    const by = line.minor - from;
    change.textContent = `${by > 0 ? "+" : "−"}${amount(Math.abs(by), line.decimals)}`;
    restart(change, "seen");
  }

  // The clerk brings the stamp down again after each entry.
  stamp() {
    const stamp = this.root.querySelector(".stamp");
    if (stamp) restart(stamp, "thud");
  }
}

// Play a CSS animation from its beginning, though it may be playing already.
function restart(node, name) {
  node.classList.remove(name);
  void node.offsetWidth;
  node.classList.add(name);
}

export class Journal {
  constructor(root) {
    this.root = root;
    this.stories = new Map();
    this.known = new Set();
    this.first = true;
  }

  // Returns the entries that had not been shown before. What is on record when the page opens comes without a stir.
  show({ entries, events }) {
    const fresh = entries.filter((entry) => this.isNew(`e/${entry.id}`));
    const happened = events.filter((event) => this.isNew(`v/${event.id}`));
    const all = [...fresh.map((entry) => [entry.at, entry, null]), ...happened.map((event) => [event.at, null, event])];
    all.sort(([one], [other]) => Date.parse(one) - Date.parse(other));
    for (const [at, entry, event] of all) {
      const story = this.story(at, (entry ?? event).trace || (entry ?? event).id, Boolean((entry ?? event).trace));
      if (entry) this.enter(story, entry);
      else this.tell(story, event);
    }
    this.trim();
    const stirring = this.first ? [] : fresh;
    if (all.length) this.first = false;
    if (!this.stories.size && !this.root.hasChildNodes()) {
      this.root.append(el("p", { class: "empty" }, "Nothing yet. Pay something, and it is written here."));
    }
    return stirring;
  }

  isNew(key) {
    if (this.known.has(key)) return false;
    this.known.add(key);
    return true;
  }

  story(at, key, traced) {
    if (this.stories.has(key)) return this.stories.get(key);
    this.root.querySelector(".empty")?.remove();
    const entries = el("div", { class: "entries" });
    const thread = el("ol", { class: "thread" });
    const node = el("article", { class: `story ${this.first ? "" : "fresh"}` },
      el("header", {},
        el("time", { datetime: at }, isToday(at) ? seconds(at) : day(at)),
        el("h4", {}, "Under way"),
        traced && el("code", { class: "trace", title: `Trace ${key}` }, el("span", { class: "unseen" }, "trace "), key.length > 14 ? `${key.slice(0, 6)}…${key.slice(-6)}` : key),
      ),
      entries,
      thread,
    );
    this.root.prepend(node);
    const story = { node, entries, thread, count: 0 };
    this.stories.set(key, story);
    return story;
  }

  enter(story, entry) {
    story.count += 1;
    story.node.querySelector("h4").textContent = entry.title;
    if (story.count > MOST_ENTRIES) {
      const more = story.count - MOST_ENTRIES;
      const words = `and ${more} more ${more === 1 ? "entry" : "entries"} like ${more === 1 ? "it" : "these"}`;
      story.more ??= story.entries.appendChild(el("p", { class: "more" }));
      story.more.textContent = words;
      return;
    }
    const lines = (side) => entry.lines.filter((line) => line.side === side).map((line) =>
      el("li", { title: line.code }, el("span", {}, line.name), el("b", {}, amount(line.minor, entry.decimals))),
    );
    const half = (side, title) => el("div", { class: side }, el("h5", {}, title), el("ul", {}, lines(side)));
    story.entries.append(
      el("div", { class: "taccount" }, half("debit", "Debit"), half("credit", "Credit")),
      entry.why && el("p", { class: "why" }, "Why there: ", entry.why),
    );
  }

  tell(story, event) {
    story.thread.append(
      el("li", { class: event.kind }, icon(event.kind), el("span", {}, event.text), el("time", { datetime: event.at }, seconds(event.at))),
    );
    if (event.kind === "refused" && !story.count) story.node.querySelector("h4").textContent = "Turned away";
  }

  trim() {
    for (const [key, story] of this.stories) {
      if (this.stories.size <= (this.first ? FIRST_STORIES : MOST_STORIES)) break;
      story.node.remove();
      this.stories.delete(key);
    }
  }
}
