// Fingers: a tap is a click (the browser makes it one), dragging scrolls what is under the finger, as a wheel does.

export function takeFingers(screen) {
  const { place, terminal } = screen;
  let last = null;
  place.addEventListener("touchstart", ({ touches }) => (last = touches.length === 1 ? touches[0].clientY : null), { passive: true });
  place.addEventListener("touchend", () => (last = null), { passive: true });
  place.addEventListener("touchmove", (event) => {
    if (last === null) return;
    event.preventDefault();
    const { clientX, clientY } = event.touches[0];
    const row = place.clientHeight / terminal.rows;
    for (; Math.abs(clientY - last) >= row; last += Math.sign(clientY - last) * row) {
      terminal.element.dispatchEvent(new WheelEvent("wheel", {
        deltaY: Math.sign(last - clientY), deltaMode: WheelEvent.DOM_DELTA_LINE, clientX, clientY, bubbles: true, cancelable: true,
      }));
    }
  }, { passive: false });
}
