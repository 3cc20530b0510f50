// Briefings kept on this device: fetched once and sealed (kept.js), opened without a connection (worker.js), and removed when their
// time is over, when the server says that they do not stand, when their reader signs out, and when somebody else signs in.
import * as kept from "./kept.js";

const MARK = "parley:shelf"; // that this browser keeps something: whose, and where to ask
const RARELY = 300_000;
const person = document.body.dataset.who ?? "";
const lang = document.documentElement.lang;
const dates = lang === "en" ? "en-GB" : lang; // as the portal writes them

let asking = Promise.resolve();
let waiting = 0;
let setBack = false; // that the clock went back: said as long as the page is open

function marked() {
  try {
    return JSON.parse(localStorage.getItem(MARK));
  } catch {
    return null; // A browser without storage keeps nothing.
  }
}

function able() {
  const there = "serviceWorker" in navigator && "indexedDB" in window && window.isSecureContext && "localStorage" in window;
  return there && navigator.pdfViewerEnabled !== false; // else opening one would save it as a file
}

const when = (at) => new Intl.DateTimeFormat(dates, { dateStyle: "medium", timeStyle: "short" }).format(at);

async function wipe() {
  await kept.destroy();
  for (const name of await caches.keys()) if (name.startsWith("parley-shelf-")) await caches.delete(name);
  for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
  localStorage.removeItem(MARK);
}

function token() {
  return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
}

const post = (url, body) => fetch(url, { method: "POST", headers: { "X-CSRFToken": token() }, body, redirect: "manual" });

// Asks which copies still stand and removes the others. No connection, or no answer of ours, changes nothing.
async function ask(known) {
  let said;
  try {
    const answer = await fetch(known.ask, { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("application/json")) return;
    said = await answer.json();
  } catch (error) {
    if (error instanceof TypeError || error.name === "TimeoutError") return;
    throw error;
  }
  if (said.who !== null && String(said.who) !== known.who) {
    await wipe();
    return;
  }
  const stand = new Map(said.standing.map((one) => [one.copy, one.superseded]));
  const { rows } = await kept.standing();
  for (const row of rows) {
    if (!stand.has(row.copy)) await kept.remove(row.copy);
    else if (row.superseded !== stand.get(row.copy)) await kept.change(row.copy, { superseded: stand.get(row.copy) });
  }
  if (person) await report(known, rows, stand);
  if (!rows.some((row) => stand.has(row.copy))) await wipe();
  else localStorage.setItem(MARK, JSON.stringify({ ...known, asked: Date.now() }));
}

// Says which were removed here, and which were opened on the way: the portal counts them as read then, not when they were fetched.
async function report(known, rows, stand) {
  const here = new Set(rows.map((row) => row.copy));
  for (const copy of stand.keys()) if (!here.has(copy)) await post(`${known.ask}/${copy}/dropped`);
  for (const row of rows.filter((one) => one.opened && !one.reported)) {
    const answer = await post(`${known.ask}/${row.copy}/opened`, new URLSearchParams({ at: Math.floor(row.opened / 1000) }));
    if (answer.ok) await kept.change(row.copy, { reported: true });
  }
}

async function startWorker(address) {
  await navigator.serviceWorker.register(`${address}?lang=${lang}`);
  await navigator.serviceWorker.ready;
}

async function fetchOne(url) {
  const answer = await post(url);
  const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
  if (!answer.ok) return { refused: said.refused ?? "" };
  const pdf = await (await fetch(said.pdf)).arrayBuffer();
  if ((await digestOf(pdf)) !== said.digest) return { refused: "" };
  return { said, ends: await kept.keep(said, pdf) };
}

async function digestOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((one) => one.toString(16).padStart(2, "0")).join("");
}

async function keepAll(box, line) {
  const words = box.dataset;
  await asking;
  await startWorker(words.worker);
  let last;
  for (const url of JSON.parse(words.keep)) {
    const { refused, said, ends } = await fetchOne(url);
    if (!said) return refused || words.failed;
    localStorage.setItem(MARK, JSON.stringify({ who: String(said.who), ask: words.ask, worker: words.worker, asked: Date.now() }));
    last = ends;
    line.textContent = words.kept.replace("{at}", when(last));
  }
  return line.textContent;
}

function offer(box) {
  const [button, line] = [box.querySelector("button"), box.querySelector("[role=status]")];
  box.hidden = false;
  if (!able()) {
    line.textContent = box.dataset.unable;
    return;
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      line.textContent = await keepAll(box, line);
    } catch (error) {
      line.textContent = box.dataset.failed;
      throw error;
    } finally {
      button.disabled = false;
      await show();
    }
  });
}

function line(text, css) {
  const made = document.createElement("span");
  made.className = css;
  made.textContent = text;
  return made;
}

function button(text, about, work) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "act";
  made.textContent = text;
  made.setAttribute("aria-label", `${text}: ${about}`);
  made.addEventListener("click", work);
  return made;
}

async function openOne(copy) {
  const tab = window.open("", "_blank"); // at once: a browser lets only a click open one
  const row = (await kept.standing()).rows.find((one) => one.copy === copy);
  if (!row) {
    tab?.close();
    await show();
    return;
  }
  const url = URL.createObjectURL(new Blob([await kept.pdfOf(row)], { type: "application/pdf" }));
  if (!row.opened) await kept.change(copy, { opened: Date.now() });
  if (tab) tab.location.replace(url);
  else location.assign(url);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

async function entry(row, words) {
  const label = await kept.labelOf(row).catch(() => null); // what was changed by hand opens no more
  if (!label) {
    await kept.remove(row.copy);
    return null;
  }
  const made = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = label.about;
  const notes = [label.title, label.reference, label.classification, words.until.replace("{at}", when(row.ends))];
  made.append(name, line(notes.join(" · "), "soft"));
  if (row.superseded) made.append(line(words.superseded, "state state--warn"));
  const acts = line("", "acts");
  const dropped = async () => {
    await kept.remove(row.copy);
    if (person) await ask(marked());
    await show();
  };
  acts.append(
    button(words.open, label.about, () => openOne(row.copy)),
    button(words.remove, label.about, dropped),
  );
  made.append(acts);
  return made;
}

// Shows what is kept; before anything is seen, what is over is gone.
async function show() {
  const box = document.querySelector("[data-kept-list]");
  if (!box) return;
  const words = box.dataset;
  const { rows, back } = marked() && able() ? await kept.standing() : { rows: [], back: false };
  const entries = (await Promise.all(rows.map((row) => entry(row, words)))).filter(Boolean);
  const list = document.createElement("ul");
  list.className = "list kept-list";
  list.append(...entries);
  setBack ||= back;
  const notes = setBack ? [line(words.back, "notice notice--warn")] : [];
  if (!entries.length) notes.push(line(able() ? words.none : words.unable, "soft"));
  box.replaceChildren(...notes, ...(entries.length ? [list] : []));
  const around = box.closest("[data-kept-part]");
  if (around) around.hidden = !entries.length && !setBack;
  clearTimeout(waiting);
  if (rows.length) waiting = setTimeout(show, Math.min(...rows.map((row) => row.ends)) - Date.now() + 50);
}

async function begin(known) {
  const listed = document.querySelector("[data-kept-list]");
  if (known && person && person !== known.who) {
    await wipe();
    await ask(known); // so that the portal knows it, too
  } else if (known && document.body.dataset.page === "signed-out") await wipe();
  else if (known && (listed || Date.now() - (known.asked ?? 0) > RARELY)) {
    if (listed) {
      listed.setAttribute("aria-busy", "true");
      await show(); // a network that leads nowhere must not hide what is here
    }
    await ask(known);
    if (listed && marked()) await startWorker(known.worker);
  }
}

function wipeAtSignOut() {
  const form = document.querySelector("form[data-sign-out]");
  form?.addEventListener("submit", async (event) => {
    if (!marked()) return;
    event.preventDefault();
    try {
      await Promise.race([wipe(), new Promise((resolve) => setTimeout(resolve, 3000))]);
    } finally {
      form.submit();
    }
  });
}

let begun = false;

export function openShelf(root) {
  if (!begun) {
    begun = true;
    wipeAtSignOut();
    asking = begin(marked())
      .finally(show)
      .finally(() => document.querySelector("[data-kept-list]")?.removeAttribute("aria-busy"));
    window.addEventListener("online", () => {
      const known = marked();
      if (known) asking = ask(known).finally(show);
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") show();
    });
  }
  for (const box of root.querySelectorAll("[data-keep]")) offer(box);
}
