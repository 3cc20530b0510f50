// Long lists get a search box: <select data-search>. Known names are offered after each comma: <input list data-several>.
import TomSelect from "tom-select/base";

export function searchInLists(root) {
  for (const select of root.querySelectorAll("select[data-search]:not(.tomselected)")) {
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    const name = select.getAttribute("aria-label") ?? label?.textContent.replace("*", "").trim() ?? "";
    const about = select.getAttribute("aria-describedby");
    const none = [...select.options].find((option) => option.value === "");
    const box = new TomSelect(select, { maxOptions: 200, allowEmptyOption: Boolean(none?.text.trim()) });
    box.control_input.setAttribute("aria-label", name);
    select.setAttribute("aria-hidden", "true"); // The search box stands for it, to a screen reader as well.
    if (about) box.control_input.setAttribute("aria-describedby", about);
    if (select.getAttribute("aria-invalid")) box.control_input.setAttribute("aria-invalid", "true");
    select.addEventListener("focus", () => box.focus()); // A link from the list of problems leads here.
    box.dropdown_content.setAttribute("aria-label", name);
  }
}

export function offerOneAfterTheOther(root) {
  for (const input of root.querySelectorAll("input[data-several]")) {
    const known = [...(input.list?.options ?? [])].map((option) => option.value);
    const offer = () => {
      const typed = input.value.split(",").slice(0, -1).map((one) => one.trim()).filter(Boolean);
      const there = new Set(typed.map((one) => one.toLowerCase()));
      const left = known.filter((one) => !there.has(one.toLowerCase()));
      input.list.replaceChildren(...left.map((one) => new Option("", [...typed, one].join(", "))));
    };
    if (known.length) input.addEventListener("input", offer);
    if (known.length) input.addEventListener("focus", offer);
  }
}
