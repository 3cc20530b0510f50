// What our own pages do in the browser.
