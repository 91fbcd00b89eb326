// What lets this page in. The token comes behind the # of the address, which no browser sends to any server. What is kept is the pass that
// this server gives for it: for reloading and further tabs of this very address and port, and of no use once the server has ended.
const KEPT = "labgate-pass";
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
if (location.hash) history.replaceState(null, "", "/");
window.addEventListener("hashchange", () => location.reload()); // another address was put into this tab

// A browser that keeps nothing (storage refused) asks for the address again, and forgets the size of the letters.
export const kept = (name) => {
  try { return localStorage.getItem(name) ?? ""; } catch { return ""; }
};
export const keep = (name, value) => {
  try { localStorage.setItem(name, value); } catch { /* see above */ }
};

export const shown = () => ({ token, pass: kept(KEPT) });
export const keepPass = (pass) => keep(KEPT, pass);
