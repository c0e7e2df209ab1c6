// The mail that the school's people got, newest first: what a browser would show of an inbox, as plain text.

import { get } from "./api.js";
import { el } from "./dom.js";
import { seconds } from "./words.js";

const SHOWN = 8;

export class Mail {
  constructor(root) {
    this.root = root;
    this.list = el("ul", { class: "mails" });
    this.newest = null;
    this.root.append(this.list);
  }

  async look() {
    const mails = await get("/sandbox/mail").catch(() => []);
    const newest = mails.at(-1)?.id ?? "";
    if (newest === this.newest) return;
    this.newest = newest;
    this.list.replaceChildren(
      ...mails.slice(-SHOWN).reverse().map((mail) =>
        el("li", {},
          el("details", {},
            el("summary", {}, el("b", {}, mail.subject), " ", el("span", {}, `${mail.to}, ${seconds(mail.at)}`)),
            el("p", { class: "letter" }, mail.text),
            mail.files.length > 0 && el("p", {}, `Attached: ${mail.files.map((file) => file.name).join(", ")}`),
          ),
        ),
      ),
    );
    if (!mails.length) this.list.append(el("li", {}, "No mail yet. Pay as Marie Kasongo, who wants her receipts by mail."));
  }
}
