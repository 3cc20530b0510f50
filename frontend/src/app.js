// The one script of every page; what it does is in parley.js.
import "./htmx.js";
import "./parley.js";
