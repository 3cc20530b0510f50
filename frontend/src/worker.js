// The worker of the shelf: without a connection it gives the one page that opens what is kept, and the parts of it. It holds nothing
// of anybody: what is kept lies sealed in IndexedDB (js/shelf.js). Which files they are, the server writes above this script.
const { name, page, parts, ours } = self.SHELL;

async function hold() {
  const cache = await caches.open(name);
  await cache.addAll(parts);
  await cache.add(new Request(page, { credentials: "omit" })); // the page as nobody sees it
  await self.skipWaiting();
}

async function takeOver() {
  for (const other of await caches.keys()) {
    if (other.startsWith("parley-shelf-") && other !== name) await caches.delete(other);
  }
  await self.clients.claim();
}

async function opened(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const held = await caches.match(page, { ignoreVary: true });
    if (!held) throw error;
    return held;
  }
}

async function part(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(hold()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.mode === "navigate") event.respondWith(opened(event.request));
  else if (origin === location.origin && pathname.startsWith(ours)) event.respondWith(part(event.request));
});
