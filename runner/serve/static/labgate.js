// What textual-serve's page doesn't do: take the keys at once, say how a session ended, keep a half-typed line from being closed away,
// and offer the link that a pop-up blocker held back.
"use strict";
{
  let running = false;

  const show = (how, words) => {
    running = false;
    const card = document.querySelector("#ended");
    for (const each of card.querySelectorAll("[data-how]")) each.hidden = !each.dataset.how.split(" ").includes(how);
    card.querySelector("pre").textContent = words;
    card.hidden = false;
    document.body.classList.add("-ended");
    card.querySelector("button").focus();
  };

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(url) {
      super(url);
      let end = { how: "lost", words: "" };
      this.addEventListener("open", () => {
        running = true;
        document.querySelector(".xterm-helper-textarea").focus(); // keys go to the program without a click first
      });
      this.addEventListener("message", ({ data }) => {
        if (typeof data !== "string") return;
        const [kind, details] = JSON.parse(data);
        if (kind === "ended") end = details;
      });
      this.addEventListener("close", () => show(end.how, end.words));
    }
  };

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
