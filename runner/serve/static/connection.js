// The websocket to the program. One that is lost (sleep, a broken tunnel) is opened again, to the same program: the server keeps it a while.
import { keepPass, shown } from "./pass.js";

const MOST = 1 << 15; // characters of a message: a paste may be longer than the server takes at once
const LOOK = 10_000; // ms between two looks whether the server is still there
const SILENT = 6_000; // ms without an answer to such a look
const AGAIN = 60_000; // ms of trying after which the page says that it may be in vain, and tries on
const LOST = 4000; // the closing code of a page that will come again

export class Connection {
  // `events` has: size() -> {cols, rows}, drawn(bytes), running(resumed), lost(inVain), ended(how, words), asked(kind, details)
  constructor(events) {
    this.events = events;
    this.session = "";
    this.entered = this.over = false;
    setInterval(() => this.look(), LOOK);
    for (const kind of ["online", "pageshow", "focus"]) window.addEventListener(kind, () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
  }

  get running() {
    return Boolean(this.socket?.entered);
  }

  open() {
    clearTimeout(this.next);
    this.over = false;
    const { cols, rows } = this.events.size();
    const socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/ws?width=${cols}&height=${rows}`);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify(["enter", { ...shown(), session: this.session }]));
    socket.onmessage = ({ data }) => this.take(socket, data);
    socket.onclose = () => this.closed(socket);
    clearTimeout(this.late);
    this.late = setTimeout(() => socket.entered || this.drop(), SILENT);
  }

  take(socket, data) {
    if (socket !== this.socket) return;
    this.heard = Date.now();
    if (typeof data !== "string") return this.events.drawn(new Uint8Array(data));
    const [kind, details] = JSON.parse(data);
    if (kind === "entered") {
      keepPass(details);
    } else if (kind === "session") {
      this.lostAt = 0;
      socket.entered = this.entered = true;
      const resumed = this.session === details;
      this.session = details;
      if (details) this.events.running(resumed);
    } else if (kind === "ended") {
      this.over = true;
      this.events.ended(this.entered && ["nothing", "token"].includes(details.how) ? "restarted" : details.how, details.words);
    } else if (kind !== "pong") {
      this.events.asked(kind, details);
    }
  }

  closed(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    if (this.over) return;
    this.lostAt ||= Date.now();
    const inVain = !this.entered || Date.now() - this.lostAt > AGAIN;
    this.events.lost(inVain);
    this.tries = (Date.now() - this.lostAt) / 1000;
    clearTimeout(this.next);
    this.next = setTimeout(() => this.open(), Math.min(5000, 300 + this.tries * 300));
  }

  // Whoever comes back to the page, or to the network, does not wait for the next look.
  hurry() {
    if (this.over) return;
    if (!this.socket) this.open();
    else this.look(1500);
  }

  // After a sleep the browser holds a connection that leads nowhere: the server is asked for an answer.
  look(patience = SILENT) {
    const { socket } = this;
    if (!socket?.entered) return;
    const asked = Date.now();
    this.send("ping", String(asked));
    clearTimeout(this.late);
    this.late = setTimeout(() => socket === this.socket && this.heard < asked && this.drop(), patience);
  }

  drop() {
    const { socket } = this;
    if (!socket) return;
    socket.close(LOST);
    this.closed(socket); // the browser waits for the other end's answer
  }

  send(kind, details) {
    const { socket } = this;
    if (!socket?.entered || socket.readyState !== WebSocket.OPEN) return;
    if (typeof details !== "string" || details.length <= MOST) return socket.send(JSON.stringify([kind, details]));
    for (let at = 0, to; at < details.length; at = to) {
      to = Math.min(at + MOST, details.length);
      if (/[\ud800-\udbff]/.test(details[to - 1])) to--; // not within a character
      socket.send(JSON.stringify([kind, details.slice(at, to)]));
    }
  }
}
