// Everything that is asked of the server: the paths that a script would call, and the live feed.

const POLL_MS = 1500;
const TRY_FEED_AGAIN_MS = 15000;

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? `The server answered ${response.status}.`);
  return body;
}

export const get = async (path) => answer(await fetch(path));

export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

export const phonePath = (msisdn, act = "") => `/sandbox/phones/${msisdn}${act && `/${act}`}`;

// Tells `on.phone`, `on.news` and `on.link` ("live", "asking", "lost") about one phone until the returned function is
// called. Where the feed cannot be had (a proxy that buffers, too many pages), it asks now and then instead.
export function follow(msisdn, on) {
  let source = null;
  let timer = 0;
  let ended = false;
  let cursors = {};

  function listen() {
    source = new EventSource(`/sandbox/feed?phone=${msisdn}`);
    source.onopen = () => {
      clearTimeout(timer);
      timer = 0;
      on.link("live");
    };
    source.addEventListener("phone", (event) => on.phone(JSON.parse(event.data)));
    source.addEventListener("news", (event) => on.news(JSON.parse(event.data)));
    source.onerror = () => {
      if (ended) return;
      if (!timer) ask();
      if (source.readyState === EventSource.CLOSED) setTimeout(() => ended || listen(), TRY_FEED_AGAIN_MS);
    };
  }

  async function ask() {
    timer = -1;
    try {
      const [phone, news] = await Promise.all([get(phonePath(msisdn)), get(`/sandbox/books?${new URLSearchParams(cursors)}`)]);
      if (ended || timer === 0) return;
      if (news.entries.length) cursors = { ...cursors, after: news.entries.at(-1).id };
      if (news.events.length) cursors = { ...cursors, events_after: news.events.at(-1).id };
      on.phone(phone);
      on.news(news);
      on.link("asking");
    } catch {
      if (!ended && timer !== 0) on.link("lost");
    }
    if (!ended && timer !== 0) timer = setTimeout(ask, POLL_MS);
  }

  if (globalThis.EventSource) listen();
  else ask();
  return () => {
    ended = true;
    source?.close();
    clearTimeout(timer);
  };
}
