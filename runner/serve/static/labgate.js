// What textual-serve's page doesn't do: show the token, take the keys at once, paste, say how a session ended, keep a half-typed line
// from being closed away, and offer the link that a pop-up blocker held back.
"use strict";
{
  let running = false;

  // The token comes behind the # of the address, which no browser sends to any server. What is kept is the pass that this server gives for
  // it: for reloading and further tabs of this very address and port, and of no use once the server has ended.
  const KEPT = "labgate-pass";
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (location.hash) history.replaceState(null, "", "/");
  window.addEventListener("hashchange", () => location.reload()); // another address was put into this tab
  const kept = () => {
    try { return localStorage.getItem(KEPT) ?? ""; } catch { return ""; }
  };
  const keep = (pass) => {
    try { localStorage.setItem(KEPT, pass); } catch { /* a browser that keeps nothing asks for the address again */ }
  };

  const show = (how, words) => {
    running = false;
    const card = document.querySelector("#ended");
    for (const each of card.querySelectorAll("[data-how]")) each.hidden = !each.dataset.how.split(" ").includes(how);
    card.querySelector("pre").textContent = words;
    card.hidden = false;
    document.body.classList.add("-ended");
    card.querySelector("button").focus();
  };

  const MOST = 1 << 15; // characters of a message: a paste may be longer than the server takes at once
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(url) {
      super(url);
      let end = { how: "lost", words: "" };
      this.addEventListener("open", () => {
        super.send(JSON.stringify(["enter", { token, pass: kept() }]));
        document.querySelector(".xterm-helper-textarea").focus(); // keys go to the program without a click first
      });
      this.addEventListener("message", ({ data }) => {
        if (typeof data !== "string") return;
        const [kind, details] = JSON.parse(data);
        if (kind === "ended") end = details;
        if (kind === "entered") {
          running = true;
          keep(details);
        }
      });
      this.addEventListener("close", () => show(end.how, end.words));
    }

    send(message) {
      if (this.readyState !== Plain.OPEN) return;
      if (message.length <= MOST) return super.send(message);
      const [kind, text] = JSON.parse(message);
      for (let at = 0, to; at < text.length; at = to) {
        to = Math.min(at + MOST, text.length);
        if (/[\ud800-\udbff]/.test(text[to - 1])) to--; // not within a character
        super.send(JSON.stringify([kind, text.slice(at, to)]));
      }
    }
  };

  // A terminal takes Ctrl-V for a character, and the middle button for the program's: here both are how one pastes, as in any other page.
  // Kept from xterm.js, they do what the browser does with them, and xterm.js gets the paste that comes of it.
  const inTerminal = (event) => event.target.closest?.("#terminal");
  const pastes = (event) => event.code === "KeyV" && !event.altKey && (event.ctrlKey || event.metaKey);
  for (const kind of ["keydown", "keypress", "keyup"]) {
    window.addEventListener(kind, (event) => inTerminal(event) && pastes(event) && event.stopImmediatePropagation(), true);
  }
  for (const kind of ["mousedown", "mouseup"]) {
    window.addEventListener(kind, (event) => inTerminal(event) && event.button === 1 && event.stopImmediatePropagation(), true);
  }

  const open = window.open.bind(window);
  window.open = (url, target) => {
    const page = open(url, target);
    const card = document.querySelector("#blocked");
    card.hidden = page !== null;
    if (page === null) {
      const link = card.querySelector("a");
      link.href = link.textContent = url;
      link.onclick = () => (card.hidden = true);
    }
    return page;
  };

  window.addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault(); // Ctrl-W deletes a word in a shell, and closes a tab in a browser
  });

  document.addEventListener("DOMContentLoaded", () => {
    const terminal = document.querySelector("#terminal");
    terminal.dataset.sessionWebsocketUrl = `${location.protocol.replace("http", "ws")}//${location.host}/ws`;
    document.querySelector("#ended button").onclick = () => location.assign("/");
  });
}
