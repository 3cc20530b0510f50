// A page that follows a meeting: its parts are asked for again with an ETag and put in place by their ids; what is typed is kept in this
// browser until the server has it, and is sent again under the same key, which the server carries out once. No connection is held.
const EVERY = 3000;
const person = document.body.dataset.who ?? "";
const place = `parley:queue:${person}:`;

let box; // where the page says what waits
let token;
let tag = "";
let sending = false;
let dressed = () => {};

function stored() {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(place))
      .sort()
      .map((key) => [key, JSON.parse(localStorage.getItem(key))]);
  } catch {
    return []; // A browser without storage sends at once, or the form stays as it is.
  }
}

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

function line(text, css) {
  const made = document.createElement("p");
  made.className = css;
  made.textContent = text;
  return made;
}

function show(state) {
  const waiting = stored();
  const notes = [];
  if (state === "lost") notes.push(line(box.dataset.lost, "notice notice--warn"));
  if (state === "out") notes.push(line(box.dataset.signIn, "notice notice--bad"));
  for (const [key, one] of waiting) {
    if (one.refused) {
      const note = line(`${box.dataset.refused} ${one.text}${one.refused === true ? "" : ` (${one.refused})`} `, "notice notice--bad");
      const again = document.createElement("button");
      again.type = "button";
      again.className = "act";
      again.textContent = box.dataset.back;
      again.addEventListener("click", () => putBack(key, one));
      note.append(again);
      notes.push(note);
    } else if (state) notes.push(line(`${box.dataset.waiting}: ${one.text}`, "meta"));
  }
  box.replaceChildren(...notes);
  box.dataset.state = state || "here";
}

// A refused line goes back into its form, where what was typed meanwhile stays: it is put before it.
function putBack(key, one) {
  const form = document.getElementById(one.form);
  const field = form?.querySelector("textarea");
  if (!field) return;
  field.value = [one.text, field.value].filter(Boolean).join("\n");
  for (const [name, value] of new URLSearchParams(one.body)) {
    const other = form.elements[name];
    if (other && name !== field.name && name !== "once") other.value = value;
  }
  localStorage.removeItem(key);
  show("");
  field.focus();
}

async function freshToken() {
  const answer = await fetch(location.href, { cache: "no-store" });
  const body = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  token = JSON.parse(body.getAttribute("hx-headers"))["X-CSRFToken"];
}

async function post(one) {
  const headers = { "X-CSRFToken": token, "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded" };
  return fetch(one.url, { method: "POST", body: one.body, headers, redirect: "manual" });
}

async function refusal(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-problems] li")?.textContent.trim() || true;
}

// Sends what waits, in its order; stops at the first that the server could not answer.
async function send() {
  if (sending) return;
  sending = true;
  try {
    for (const [key, one] of stored()) {
      if (one.refused) continue;
      let answer = await post(one);
      if (answer.status === 400) {
        await freshToken();
        answer = await post(one);
      }
      if (answer.type === "opaqueredirect") localStorage.removeItem(key);
      else if (answer.status === 401) return show("out");
      else if (answer.status === 429 || answer.status >= 500) return show("lost");
      else localStorage.setItem(key, JSON.stringify({ ...one, refused: await refusal(answer) }));
    }
    await look();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // A lost connection is a TypeError of fetch.
    show("lost");
  } finally {
    sending = false;
  }
}

function dirty(part) {
  return part.querySelector('form[data-dirty="true"]') !== null || part.contains(document.activeElement?.closest?.("textarea, input, select") ?? null);
}

function put(text) {
  const found = document.createElement("template");
  found.innerHTML = text;
  let whole = true;
  for (const fresh of [...found.content.children]) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    if (dirty(old)) {
      whole = false; // Somebody types in it: it is put in place once they have sent it.
      continue;
    }
    old.replaceWith(fresh);
    dressed(fresh);
  }
  const about = document.getElementById("live-about")?.dataset.about;
  const form = document.getElementById("line-form");
  if (form && about !== undefined) {
    const url = new URL(form.action);
    if (about) url.searchParams.set("about", about);
    else url.searchParams.delete("about");
    form.action = url.href;
  }
  return whole;
}

async function look() {
  const live = document.querySelector("[data-live]");
  const headers = { "HX-Request": "true", ...(tag ? { "If-None-Match": tag } : {}) };
  const answer = await fetch(live.dataset.live, { headers, cache: "no-store" });
  if (answer.status === 401) return show("out");
  if (answer.status >= 500 || answer.status === 429) return show("lost");
  if (answer.status === 200 && put(await answer.text())) tag = answer.headers.get("ETag") ?? "";
  show("");
}

async function tick() {
  try {
    if (stored().some(([, one]) => !one.refused)) await send();
    else await look();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    show("lost");
  }
}

function keep(event) {
  const form = event.target;
  if (!form.closest("[data-queued]") || event.defaultPrevented) return;
  const data = new URLSearchParams(new FormData(form));
  const text = form.querySelector("textarea")?.value.trim() ?? "";
  if (!text) return;
  data.delete("csrf_token");
  data.set("once", newKey());
  const one = { url: form.action, form: form.id, body: data.toString(), text };
  try {
    localStorage.setItem(`${place}${Date.now().toString().padStart(15, "0")}:${data.get("once")}`, JSON.stringify(one));
  } catch {
    return; // Nothing can be kept here: the form goes the ordinary way.
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  form.reset();
  for (const field of form.querySelectorAll("textarea")) field.value = "";
  form.dispatchEvent(new Event("change", { bubbles: true }));
  form.dataset.dirty = "false";
  if (form.id !== "line-form") document.activeElement?.blur();
  show("lost" === box.dataset.state ? "lost" : "");
  send();
}

export function follow(dress) {
  const live = document.querySelector("[data-live]");
  box = document.getElementById("live-queue");
  if (!live || !box || "liveOver" in live.dataset) return;
  dressed = dress;
  token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  document.addEventListener("submit", keep, true);
  window.addEventListener("online", tick);
  window.addEventListener("offline", () => show("lost"));
  setInterval(tick, EVERY);
  tick();
}
