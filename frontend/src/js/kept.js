// What lies in IndexedDB: of each copy its number, its time, and sealed with a key of its own (AES-GCM, not to be taken out) its label
// and its PDF. Number, reader and time are sealed in: changed by hand, nothing opens any more. Times are this device's own.
const NAME = "parley-shelf";
const SET_BACK = 3_600_000; // by how many ms a clock may go back before nothing is trusted any more

function come(asked) {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function open() {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("copies", { keyPath: "copy" });
    asked.result.createObjectStore("seen");
  };
  const db = await come(asked);
  db.onversionchange = () => db.close();
  return db;
}

// Carries out `work` with both stores in one transaction, and waits until it is on the disk.
async function within(work) {
  const db = await open();
  try {
    const all = db.transaction(["copies", "seen"], "readwrite");
    const written = new Promise((resolve, reject) => {
      all.oncomplete = resolve;
      all.onerror = all.onabort = () => reject(all.error);
    });
    const [found] = await Promise.all([work(all.objectStore("copies"), all.objectStore("seen")), written]);
    return found;
  } finally {
    db.close();
  }
}

const bound = (row, part) => new TextEncoder().encode(`${row.copy}|${row.who}|${row.ends}|${part}`);

async function seal(row, part, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound(row, part) }, row.key, bytes);
  return { iv, data };
}

async function unseal(row, part) {
  const { iv, data } = row[part];
  return crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: bound(row, part) }, row.key, data);
}

export async function keep({ copy, who, seconds, label }, pdf) {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const kept = Date.now();
  const row = { copy, who: String(who), kept, ends: kept + seconds * 1000, key, superseded: false };
  row.label = await seal(row, "label", new TextEncoder().encode(JSON.stringify(label)));
  row.pdf = await seal(row, "pdf", pdf);
  await within((copies) => come(copies.put(row)));
  return row.ends;
}

// Removes what is over, then gives the rest. The greatest time seen counts; a clock that went back by more than an hour ends all.
export async function standing() {
  const now = Date.now();
  return within(async (copies, seen) => {
    const last = (await come(seen.get("at"))) ?? now;
    const back = now < last - SET_BACK;
    const found = await come(copies.getAll());
    const good = found.filter((one) => !back && one.ends > Math.max(now, last));
    for (const one of found) if (!good.includes(one)) copies.delete(one.copy);
    await come(seen.put(back ? now : Math.max(now, last), "at"));
    return { rows: good, back: back && found.length > 0 };
  });
}

export async function change(copy, values) {
  await within(async (copies) => {
    const row = await come(copies.get(copy));
    if (row) await come(copies.put({ ...row, ...values }));
  });
}

export const remove = (copy) => within((copies) => come(copies.delete(copy)));

export async function labelOf(row) {
  return JSON.parse(new TextDecoder().decode(await unseal(row, "label")));
}

export const pdfOf = (row) => unseal(row, "pdf");

// Empties the stores first: that another page holds them open does not hinder it.
export async function destroy() {
  await within((copies, seen) => Promise.all([come(copies.clear()), come(seen.clear())]));
  await new Promise((resolve, reject) => {
    const asked = indexedDB.deleteDatabase(NAME);
    asked.onsuccess = asked.onblocked = resolve;
    asked.onerror = () => reject(asked.error);
  });
}
