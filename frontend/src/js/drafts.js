// Nothing typed is lost: what was written in a form and not yet stored by the server waits in this browser, by person and page.
// Never kept: passwords, files, hidden values, fields that ask not to be completed, forms with data-draft="off".
// data-draft="session" keeps it for this tab alone.
const PREFIX = "parley:draft:";
const WEEK = 7 * 24 * 3600 * 1000;
const UNKEPT = new Set(["password", "file", "hidden", "submit", "button", "reset", "image", "search"]);

const person = document.body.dataset.who ?? "";

function stores() {
  const found = [];
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].length;
      found.push(window[name]);
    } catch {
      // This browser keeps nothing; leaving the page then asks first.
    }
  }
  return found;
}

function each(work) {
  for (const store of stores()) {
    for (const key of Object.keys(store)) {
      if (key.startsWith(PREFIX)) work(store, key, JSON.parse(store.getItem(key)));
    }
  }
}

function storeOf(form) {
  const [local, session] = stores();
  return form.dataset.draft === "session" ? session : local;
}

function keyOf(form) {
  const path = new URL(form.action, location.href).pathname;
  return `${PREFIX}${person}:${location.pathname}:${path}:${form.id}`;
}

function fields(form) {
  return [...form.elements].filter(
    (field) =>
      field.name && !UNKEPT.has(field.type) && !/^(off|one-time-code|cc-.*)$/.test(field.autocomplete ?? ""),
  );
}

// What a field holds now, or held when the server gave it: a browser may fill in old values before we look.
function held(field, given) {
  if (field.type === "checkbox" || field.type === "radio") {
    return (given ? field.defaultChecked : field.checked) ? [field.value] : [];
  }
  if (!field.options) return [given ? field.defaultValue : field.value];
  const chosen = [...field.options].filter((option) => (given ? option.defaultSelected : option.selected));
  if (given && !chosen.length && field.type === "select-one") chosen.push(...[...field.options].slice(0, 1));
  return chosen.map((option) => option.value);
}

function read(form, given = false) {
  const values = {};
  for (const field of fields(form)) (values[field.name] ??= []).push(...held(field, given));
  return values;
}

function write(form, values) {
  const left = structuredClone(values);
  for (const field of fields(form)) {
    const kept = left[field.name];
    if (!kept) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = kept.includes(field.value);
    else if (field.type === "select-multiple") {
      for (const option of field.options) option.selected = kept.includes(option.value);
    } else if (kept.length) field.value = kept.shift();
    field.tomselect?.sync();
  }
}

// What somebody else has changed since is not overwritten: there the kept text is shown instead.
function split(kept, given) {
  const same = {};
  const other = [];
  for (const [name, values] of Object.entries(kept.values)) {
    if (JSON.stringify(kept.given[name]) === JSON.stringify(given[name])) same[name] = values;
    else if (JSON.stringify(values) !== JSON.stringify(given[name])) other.push(values.join("\n"));
  }
  return { same, other };
}

function offerBack(form, other, drop) {
  const words = document.getElementById("parley-words").dataset;
  const note = document.createElement("div");
  note.className = "notice kept";
  note.setAttribute("role", "status");
  const text = document.createElement("span");
  text.textContent = words.kept;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "act";
  button.textContent = words.drop;
  button.addEventListener("click", () => {
    drop();
    note.remove();
  });
  note.append(text, button);
  for (const value of other) {
    const kept = document.createElement("pre");
    kept.textContent = value;
    note.append(kept);
  }
  form.prepend(note);
}

// Where the server keeps what is typed (data-autosave), it does so a moment after the last key, and when the page goes out of sight; what
// it has, this browser need not keep. Without an answer everything stays here, as ever.
function keepOnServer(form, kept) {
  const line = form.querySelector("[data-saved]");
  let waiting = 0;
  let asked; // the request under way
  let sent; // what it carries
  const send = async () => {
    clearTimeout(waiting);
    const values = read(form);
    if (form.dataset.leaving || JSON.stringify(values) === sent) return;
    sent = JSON.stringify(values);
    asked?.abort();
    asked = new AbortController();
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const body = new URLSearchParams(new FormData(form));
    body.delete("once"); // this is not the sending of the form
    const headers = { "X-CSRFToken": token, "HX-Request": "true" };
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, headers, redirect: "manual", signal: asked.signal, keepalive: body.toString().length < 60_000 });
      if (!answer.ok) {
        sent = undefined;
        line.textContent = "";
        return;
      }
      line.textContent = (await answer.json()).saved;
      kept(values);
    } catch (error) {
      if (!(error instanceof TypeError) && error.name !== "AbortError") throw error; // A lost connection is a TypeError of fetch.
      sent = undefined;
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(send, 1500);
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    clearTimeout(waiting);
    asked?.abort();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && form.dataset.dirty === "true") send();
  });
}

function watch(form) {
  const store = storeOf(form);
  let given = read(form, true);
  const key = keyOf(form);
  const save = (sent) => {
    const values = read(form);
    form.dataset.dirty = String(JSON.stringify(values) !== JSON.stringify(given) || Boolean(sent));
    if (!store) return;
    if (form.dataset.dirty === "true") {
      const page = location.pathname;
      store.setItem(key, JSON.stringify({ at: Date.now(), sent: Boolean(sent), page, given, values }));
    } else store.removeItem(key);
  };
  const kept = store && JSON.parse(store.getItem(key));
  if (kept && !("refused" in form.dataset) && JSON.stringify(kept.values) !== JSON.stringify(given)) {
    const { same, other } = split(kept, given);
    write(form, same);
    offerBack(form, other, () => {
      store.removeItem(key);
      write(form, given);
    });
  }
  let waiting = 0;
  if (form.dataset.autosave) {
    keepOnServer(form, (values) => {
      given = values; // The page opens with these from now on.
      save();
    });
  }
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, 300);
    form.dataset.dirty = "true";
  });
  form.addEventListener("change", () => save());
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    clearTimeout(waiting);
    save(true);
    form.dataset.leaving = "true";
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && store) store.removeItem(key);
  });
}

// Whether this page is what came of sending a form of another: what is opened by hand afterwards, before an error page's script ran, answers nothing.
function cameOf(page) {
  const redirected = performance.getEntriesByType("navigation")[0]?.redirectCount > 0;
  return redirected || (document.referrer !== "" && new URL(document.referrer).pathname === page);
}

// A sent draft is done once a page of the portal answers. A sign-in or error page answers nothing: then it stays, unsent.
function settle() {
  const portal = person !== "" && document.body.dataset.page !== "error";
  const refused = new Set([...document.querySelectorAll("form[data-refused]")].map(keyOf));
  each((store, key, draft) => {
    if (Date.now() - draft.at > WEEK) store.removeItem(key);
    else if (draft.sent && portal && cameOf(draft.page) && !refused.has(key)) store.removeItem(key);
    else if (draft.sent) store.setItem(key, JSON.stringify({ ...draft, sent: false }));
  });
}

function forgetAtSignOut() {
  document.querySelector("form[data-sign-out]")?.addEventListener("submit", () => {
    each((store, key) => store.removeItem(key));
  });
}

// What cannot be kept (a chosen file, or a browser without storage) is asked about before the page goes.
function askBeforeLeaving(event) {
  for (const form of document.querySelectorAll('form[data-dirty="true"]:not([data-leaving])')) {
    const chosen = [...form.querySelectorAll('input[type="file"]')].some((field) => field.files.length);
    if (chosen || stores().length === 0) event.preventDefault();
  }
}

let settled = false;

export function keepDrafts(root) {
  if (!settled) {
    settled = true;
    settle();
    forgetAtSignOut();
    window.addEventListener("beforeunload", askBeforeLeaving);
  }
  if (!person) return;
  const forms = [...root.querySelectorAll("form")];
  if (root instanceof HTMLFormElement) forms.unshift(root);
  for (const form of forms) {
    if (form.method === "post" && form.dataset.draft !== "off") watch(form);
  }
}
