// One key each: "/" search, "g" and a letter for the rooms, "n" declare, "?" help. They can be switched off (WCAG 2.1.4).
const SWITCH = "parley:single-keys";

function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // A browser without storage has the shortcuts on.
  }
}

function typing(target) {
  const dialog = target.closest("dialog");
  // A dialog that has just been shut keeps the focus until the page is drawn next.
  if (dialog && !dialog.open) return false;
  return target.closest("input, textarea, select, [contenteditable], .ts-wrapper, dialog") !== null;
}

function openHelp(dialog) {
  if (!dialog.open) dialog.showModal();
}

function prepareHelp(dialog) {
  for (const link of document.querySelectorAll("[data-keys]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      openHelp(dialog);
    });
  }
  dialog.querySelector("[data-keys-shut]").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.querySelector("[data-needs-script]").hidden = false;
  const box = dialog.querySelector("#single-keys");
  box.checked = stored(SWITCH) !== "off";
  box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));
}

export function listenForKeys() {
  const dialog = document.getElementById("parley-keys");
  if (!dialog) return;
  prepareHelp(dialog);
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || stored(SWITCH) === "off") return;
    if (going && Date.now() - going < 1500 && /^[a-z]$/.test(event.key)) {
      going = 0;
      document.querySelector(`[data-go="${event.key}"]`)?.click();
      return;
    }
    going = event.key === "g" ? Date.now() : 0;
    if (event.key === "?") openHelp(dialog);
    const wanted = event.key === "/" || event.key === "n";
    const target = wanted && document.querySelector(`[data-key="${event.key}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input")) {
      if (target.offsetParent === null) location.assign(target.form.action);
      else target.focus();
    } else target.click();
  });
}
