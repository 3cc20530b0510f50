// What every page does in the browser. All of it is a comfort: each page works without this script.
import { keepDrafts } from "./js/drafts.js";
import { guardForms } from "./js/forms.js";
import { listenForKeys } from "./js/keys.js";
import { closeWhatIsOpen, switchTheme } from "./js/page.js";
import { offerOneAfterTheOther, searchInLists } from "./js/lists.js";
import { follow } from "./js/live.js";
import { openShelf } from "./js/shelf.js";

// A part of the page that htmx puts in is dressed like the page itself.
function dress(root) {
  searchInLists(root);
  offerOneAfterTheOther(root);
  keepDrafts(root);
  guardForms(root);
  openShelf(root);
}

dress(document);
follow(dress);
closeWhatIsOpen();
switchTheme();
listenForKeys();
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) dress(event.detail.elt);
});
