// Notes and menus close like one expects; the appearance changes without a reload.

function closeOpen(except) {
  for (const open of document.querySelectorAll("details[data-close][open]")) {
    if (!open.contains(except)) open.open = false;
  }
}

export function closeWhatIsOpen() {
  document.addEventListener("click", (event) => closeOpen(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details[data-close][open]");
    if (!open) return;
    const inside = open.contains(document.activeElement);
    open.open = false;
    if (inside) open.querySelector("summary").focus();
  });
}

export function switchTheme() {
  const form = document.querySelector("form[data-themes]");
  if (!form) return;
  form.addEventListener("submit", (event) => {
    const choice = event.submitter?.value;
    if (!choice) return;
    event.preventDefault();
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === choice));
    }
    // The server keeps the choice for the next page and the next device.
    const body = new FormData(form, event.submitter);
    fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => form.submit());
  });
}
