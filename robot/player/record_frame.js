// In a frame: what is there cannot be recorded, so nothing of it is delivered either, armed or not.
for (const type of ["pointerdown", "mousedown", "pointerup", "mouseup", "click", "dblclick", "auxclick", "touchstart", "touchend", "keydown", "submit"]) {
  const swallow = (event) => {
    if (!event.isTrusted) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (["pointerdown", "keydown"].includes(type)) window.__switchboardReport({ event: "framed" });
  };
  window.addEventListener(type, swallow, { capture: true, passive: false });
}
