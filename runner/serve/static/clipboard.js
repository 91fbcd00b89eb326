// What the program copies (OSC 52) goes to the clipboard, as far as the browser lets it; else a button is offered that does it.

const old = (text) => { // for pages that came over a network without encryption: there is no navigator.clipboard
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
};

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return old(text);
  }
}

export function provider(card) {
  const button = card.querySelector("button");
  return {
    readText: async () => "", // no program gets to read what is on the reader's clipboard
    writeText: async (kind, text) => {
      card.hidden = await copy(text);
      card.querySelector("pre").textContent = text;
      button.onclick = async () => (card.hidden = await copy(text));
    },
  };
}
