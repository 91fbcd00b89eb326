// Which keys are the browser's, which the program's, and which this page's own.

const FUNCTION = /^F\d+$/;
const SIZE = { "+": 1, "=": 1, Add: 1, "-": -1, _: -1, Subtract: -1, 0: 0 };
const EVERY = ["keydown", "keypress", "keyup"];

export function takeKeys(screen, { running, copy }) {
  const { terminal, input, place } = screen;
  const command = (event) => (event.ctrlKey || event.metaKey) && !event.altKey;
  const inside = (event) => place.contains(event.target);

  // A terminal takes Ctrl-V for a character, and the middle button for the program's: here both are how one pastes, as in any other page.
  // Kept from xterm.js, they do what the browser does with them, and xterm.js gets the paste that comes of it.
  const pastes = (event) => event.code === "KeyV" && command(event);
  for (const kind of EVERY) {
    window.addEventListener(kind, (event) => inside(event) && pastes(event) && event.stopImmediatePropagation(), true);
  }
  for (const kind of ["mousedown", "mouseup"]) {
    window.addEventListener(kind, (event) => inside(event) && event.button === 1 && event.stopImmediatePropagation(), true);
  }

  // A paste that the browser hands to the page and not to the terminal: Edit > Paste after a click beside it.
  document.addEventListener("paste", (event) => {
    if (inside(event) || !running()) return;
    event.preventDefault();
    terminal.focus(); // first: a program that has lost the focus takes no paste
    terminal.paste(event.clipboardData.getData("text/plain"));
  });

  window.addEventListener("keydown", (event) => {
    if (command(event) && event.key in SIZE && !event.isComposing) {
      screen.letters(SIZE[event.key]);
    } else if (event.ctrlKey && event.shiftKey && event.code === "KeyC" && terminal.hasSelection()) {
      copy(terminal.getSelection());
    } else if (FUNCTION.test(event.key) && running() && !inside(event)) {
      // beside the terminal the browser would take it: F5 loads the page again
      terminal.focus();
      const { key, code, keyCode, shiftKey, ctrlKey, altKey } = event;
      input.dispatchEvent(new KeyboardEvent("keydown", { key, code, keyCode, shiftKey, ctrlKey, altKey, bubbles: true, cancelable: true }));
    } else if (running() && event.target === document.body) {
      return terminal.focus(); // what is typed goes there, from this letter on
    } else {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // Backspace of a keyboard on the screen says nothing but that it would delete, and nothing at all is there to be deleted.
  input.addEventListener("beforeinput", (event) => {
    if (event.inputType === "deleteContentBackward" && !event.isComposing && !input.value) terminal.input("\x7f");
  });
}

export function onWheel(screen) {
  screen.place.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.deltaY) screen.letters(event.deltaY < 0 ? 1 : -1);
  }, { capture: true, passive: false });
}
