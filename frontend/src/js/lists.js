// Long lists get a search box: <select data-search>.
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
