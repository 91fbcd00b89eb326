// The page: a terminal that shows the program, and what is said when it can't.
import { makeButtons } from "./buttons.js";
import { copy, provider } from "./clipboard.js";
import { Connection } from "./connection.js";
import { onWheel, takeKeys } from "./keyboard.js";
import { Screen } from "./screen.js";
import { takeFingers } from "./touch.js";

const one = (selector) => document.querySelector(selector);
const card = one("#ended");

const show = (how, words = "") => {
  one("#lost").hidden = true;
  for (const each of card.querySelectorAll("[data-how]")) each.hidden = !each.dataset.how.split(" ").includes(how);
  card.querySelector("pre").textContent = words;
  card.hidden = false;
  document.body.classList.add("-ended");
  const button = card.querySelector("button");
  button.onclick = () => (["lost", "taken"].includes(how) ? connection.open() : location.assign("/"));
  button.focus();
};

const openPage = (url) => {
  const page = window.open(url, "_blank");
  const blocked = one("#blocked");
  blocked.hidden = page !== null;
  if (page === null) { // held back as a pop-up: a link is offered
    const link = blocked.querySelector("a");
    link.href = link.textContent = url;
    link.onclick = () => (blocked.hidden = true);
  }
};

const screen = new Screen(one("#terminal"), provider(one("#copying")));
const { terminal } = screen;
const connection = new Connection({
  size: () => terminal,
  drawn: (bytes) => {
    terminal.write(bytes);
    document.body.classList.add("-drawn");
  },
  running: (resumed) => {
    card.hidden = one("#lost").hidden = true;
    document.body.classList.remove("-ended");
    if (!resumed) terminal.reset();
    const { cols: width, rows: height } = terminal;
    connection.send("resize", { width, height });
    terminal.focus(); // keys go to the program without a click first
    if (document.activeElement === screen.input) connection.send("focus");
  },
  lost: (inVain) => {
    if (inVain) show("lost");
    else one("#lost").hidden = false;
    document.body.classList.add("-ended");
  },
  ended: show,
  asked: (kind, details) => {
    if (kind === "open_url") openPage(details.url);
    else if (kind === "keys") buttons.offer(details);
  },
});
const paste = async () => {
  const text = await navigator.clipboard.readText().catch(() => "");
  terminal.focus(); // first: a program that has lost the focus takes no paste
  terminal.paste(text);
};
const buttons = makeButtons(screen, { send: (...message) => connection.send(...message), paste });
one("[data-does=paste]").hidden = !navigator.clipboard?.readText;
one("[data-does=full]").hidden = !document.fullscreenEnabled;

terminal.onData((text) => text && connection.send("stdin", buttons.taken(text))); // "": a syllable was taken back
terminal.onResize(({ cols: width, rows: height }) => connection.send("resize", { width, height }));
screen.input.addEventListener("focus", () => connection.send("focus"));
screen.input.addEventListener("blur", () => connection.send("blur"));
takeKeys(screen, { running: () => connection.running, copy });
onWheel(screen);
takeFingers(screen);

// The keyboard on a telephone's screen covers the page: what is left is the page's height.
const view = window.visualViewport;
const settle = () => document.documentElement.style.setProperty("--height", `${view.height}px`);
view?.addEventListener("resize", settle);
if (view) settle();

for (const each of document.querySelectorAll(".close")) each.onclick = () => (each.closest(".card").hidden = true);
window.addEventListener("beforeunload", (event) => {
  if (connection.running) event.preventDefault(); // Ctrl-W deletes a word in a shell, and closes a tab in a browser
});
connection.open();
