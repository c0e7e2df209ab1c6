// The office's chat: one of its people at Telegram. What the bot writes and offers comes from the server; pressing and
// writing go there, as they would from a phone.

import { get, post } from "./api.js";
import { el, memory } from "./dom.js";
import { clock } from "./words.js";

const LOOK_MS = 1500;

export class Chat {
  constructor(root, announce) {
    this.root = root;
    this.announce = announce;
    this.shown = "";
  }

  // Whoever of the staff has a chat; without any, the pane stays hidden.
  people(organisations) {
    const found = organisations.flatMap((each) => each.staff ?? []).filter((one) => one.telegram_id);
    this.root.hidden = !found.length;
    if (!found.length) return;
    this.staff = found;
    if (this.id !== undefined) return;
    const remembered = memory.get("chat");
    this.id = (found.find((one) => one.telegram_id === remembered) ?? found.find((one) => one.role === "manager") ?? found[0]).telegram_id;
    this.build();
    this.look();
    setInterval(() => document.hidden || this.look(), LOOK_MS);
  }

  build() {
    this.tabs = el("div", { class: "tabs", role: "group", "aria-label": "Whose chat" });
    this.log = el("ol", { class: "log", tabindex: "0", "aria-label": "Messages" });
    this.notice = el("p", { class: "notice", role: "status" });
    this.field = el("input", { type: "text", "aria-label": "Write to the office's bot", placeholder: "Write, or /menu", autocomplete: "off", maxlength: "400" });
    const form = el("form", { class: "write" }, this.field, el("button", { type: "submit" }, "Send"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.field.value.trim();
      this.field.value = "";
      if (text) this.act("say", { text });
    });
    this.root.append(this.tabs, this.log, this.notice, form);
    this.drawTabs();
  }

  drawTabs() {
    this.tabs.replaceChildren(...this.staff.map((one) =>
      el("button", {
        type: "button", "aria-pressed": String(one.telegram_id === this.id),
        onclick: () => this.pick(one.telegram_id),
      }, one.name, el("span", { class: "role" }, one.role)),
    ));
  }

  pick(id) {
    this.id = id;
    this.shown = "";
    memory.set("chat", id);
    this.drawTabs();
    this.look();
  }

  async look() {
    try {
      this.show(await get(`/sandbox/chats/${this.id}`));
    } catch {
      /* the page's own line says that the server does not answer */
    }
  }

  async act(what, body) {
    const id = this.id;
    try {
      const view = await post(`/sandbox/chats/${id}/${what}`, body);
      if (id === this.id) this.show(view);
    } catch (error) {
      this.notice.textContent = error.message;
    }
  }

  show(view) {
    const now = JSON.stringify(view);
    if (now === this.shown || view.chat !== this.id) return;
    this.shown = now;
    this.notice.textContent = view.notice;
    const held = this.log.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.log.replaceChildren(...view.messages.slice(-40).map((one) => this.message(one)));
    if (!view.messages.length) this.log.replaceChildren(el("li", { class: "empty" }, "Nothing said yet: send /menu."));
    this.log.scrollTop = this.log.scrollHeight;
    if (held) this.log.querySelector(`[data-key="${held}"]`)?.focus();
  }

  message(one) {
    const rows = (one.buttons ?? []).map((row) =>
      el("div", { class: "keys" }, row.map((label) =>
        el("button", { type: "button", "data-key": `${one.id}/${label}`, onclick: () => this.act("press", { message: one.id, button: label }) }, label),
      )),
    );
    const file = one.file && el("a", { href: `/sandbox/chats/${this.id}/file/${one.id}`, download: one.file.name }, one.file.name);
    return el("li", { class: one.from === "bot" ? "theirs" : "mine" },
      el("div", { class: "said" }, one.text, file),
      el("span", { class: "when" }, clock(new Date(one.at)), one.edited && " · changed"),
      rows,
    );
  }
}
