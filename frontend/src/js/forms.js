// A form is sent once; a refused one takes the reader to what must be put right; passwords can be looked at.

function guard(form) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    form.dataset.busy = "true";
    const words = document.getElementById("parley-words");
    event.submitter?.setAttribute("aria-busy", "true");
    if (words) event.submitter?.setAttribute("title", words.dataset.busy);
  });
}

function release(form) {
  delete form.dataset.busy;
  for (const button of form.querySelectorAll("[aria-busy]")) {
    button.removeAttribute("aria-busy");
    button.removeAttribute("title");
  }
}

function reveal(field) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-act";
  button.textContent = field.dataset.reveal;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-controls", field.id);
  button.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  field.form.addEventListener("submit", () => {
    field.type = "password"; // So that no browser offers the password as an ordinary entry.
  });
  const line = document.createElement("p");
  line.append(button);
  field.after(line);
}

function inside(root, selector) {
  const found = [...root.querySelectorAll(selector)];
  if (root instanceof Element && root.matches(selector)) found.unshift(root);
  return found;
}

export function guardForms(root) {
  for (const form of inside(root, 'form[method="post"]')) guard(form);
  for (const field of inside(root, "input[data-reveal]")) reveal(field);
  inside(root, "[data-problems]")[0]?.focus();
}

// Back from the page after: the form may be sent again. An answer by htmx frees it as well.
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach(release));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("form");
  if (form) release(form);
});
