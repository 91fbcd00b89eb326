// The terminal of the page (xterm.js), as large as its place, with letters of the size that the reader likes.
import { keep, kept } from "./pass.js";

const { Terminal, FitAddon, CanvasAddon, Unicode11Addon, WebLinksAddon, ClipboardAddon } = window.xterm;
const KEPT = "labgate-font-size";
const SIZES = [8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40]; // px

// On a telephone some fifty columns, on a tablet some ninety: what the program's pages need.
const usual = () => (innerWidth < 480 ? 12 : innerWidth < 900 ? 14 : 16);

export class Screen {
  constructor(place, clipboard) {
    this.place = place;
    this.terminal = new Terminal({
      allowProposedApi: true, fontFamily: place.dataset.fonts, fontSize: this.fontSize, scrollback: 0,
    });
    this.fitAddon = new FitAddon();
    for (const addon of [this.fitAddon, new CanvasAddon(), new Unicode11Addon(), new WebLinksAddon(), new ClipboardAddon(undefined, clipboard)]) {
      this.terminal.loadAddon(addon);
    }
    this.terminal.unicode.activeVersion = "11";
    this.terminal.open(place);
    this.fit();
    new ResizeObserver(() => this.fit()).observe(place);
    document.fonts?.ready.then(() => this.fit());
  }

  get input() {
    return this.terminal.textarea;
  }

  get fontSize() {
    const own = Number(kept(KEPT));
    return SIZES.includes(own) ? own : usual();
  }

  // +1 larger, -1 smaller, 0 as it was
  letters(by) {
    const now = SIZES.indexOf(this.fontSize);
    keep(KEPT, by ? SIZES[Math.max(0, Math.min(SIZES.length - 1, now + by))] : "");
    this.fit();
  }

  fit() {
    if (!this.place.clientHeight) return;
    if (this.terminal.options.fontSize !== this.fontSize) this.terminal.options.fontSize = this.fontSize;
    this.fitAddon.fit();
  }
}
