// Keys as buttons, under the terminal: those that the program offers just now, and those that a keyboard on the screen lacks.
import { keep, kept } from "./pass.js";

const KEPT = "labgate-buttons";
const HELD = 350, EVERY = 60; // ms until a button that is held repeats, and between two times

export function makeButtons(screen, { send, paste }) {
  const { terminal, input } = screen;
  const body = document.body;
  const touches = matchMedia("(pointer: coarse)").matches;
  const offered = document.querySelector("#offered");
  const toggle = document.querySelector("#toggle");
  const show = (shown) => {
    body.classList.toggle("-buttons", shown);
    toggle.setAttribute("aria-expanded", shown);
  };
  show(kept(KEPT) ? kept(KEPT) === "shown" : touches);
  toggle.onclick = () => {
    show(!body.classList.contains("-buttons"));
    keep(KEPT, body.classList.contains("-buttons") ? "shown" : "hidden");
    terminal.focus();
  };

  // With a finger, the keyboard on the screen comes when it is asked for: a tap on a tab of the program is no wish to type.
  if (touches) input.inputMode = "none";
  let ctrl = false;
  const setCtrl = (on) => {
    ctrl = on;
    document.querySelector("[data-does=ctrl]").setAttribute("aria-pressed", on);
  };
  const does = {
    keyboard: () => {
      input.inputMode = input.inputMode === "none" ? "text" : "none";
      input.blur();
    },
    ctrl: () => setCtrl(!ctrl),
    paste,
    larger: () => screen.letters(1),
    smaller: () => screen.letters(-1),
    full: () => {
      if (document.fullscreenElement) return document.exitFullscreen();
      // There the browser gives away even Ctrl-W and Escape, if it can (Chrome, Edge): a long press of Escape leaves.
      document.documentElement.requestFullscreen().then(() => navigator.keyboard?.lock?.()).catch(() => {});
    },
  };
  const press = ({ dataset }) => {
    if (dataset.key) send("press", (ctrl ? "ctrl+" : "") + dataset.key);
    else does[dataset.does]();
    if (dataset.does !== "ctrl") setCtrl(false);
    terminal.focus();
  };

  // The next letter with Ctrl, whatever keyboard it comes from.
  const taken = (text) => {
    if (!ctrl) return text;
    setCtrl(false);
    return /^[a-z@[\]\\^_]$/i.test(text) ? String.fromCharCode(text.toUpperCase().charCodeAt(0) & 31) : text;
  };

  let again = 0;
  const release = () => clearTimeout(again);
  const row = document.querySelector("#buttons");
  row.addEventListener("pointerdown", (event) => event.target.closest("button") && event.pointerType === "mouse" && event.preventDefault());
  row.addEventListener("mousedown", (event) => event.preventDefault()); // the keys stay the terminal's
  row.addEventListener("pointerdown", ({ target }) => {
    const button = target.closest("[data-repeats]");
    const repeat = () => {
      press(button);
      again = setTimeout(repeat, EVERY);
    };
    release();
    if (button) again = setTimeout(repeat, HELD);
  });
  for (const kind of ["pointerup", "pointercancel", "pointerleave"]) row.addEventListener(kind, release);
  row.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) press(button);
  });

  const offer = (keys) => offered.replaceChildren(...keys.map(([key, name, words]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.key = key;
    const sign = document.createElement("b");
    sign.textContent = name;
    button.append(sign, ` ${words}`);
    return button;
  }));
  return { offer, taken };
}
