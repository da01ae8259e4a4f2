// The case page's few moves: open a confirmation, enlarge the picture, shortcuts.
// A shortcut only ever opens what its button opens; nothing is decided without the confirmation.
(() => {
  "use strict";
  const page = document.getElementById("rq-case");
  if (!page) return;

  const openDialog = (dialog) => {
    if (!dialog || dialog.open) return;
    const chosen = dialog.querySelector("[data-chosen]");
    if (chosen) {
      const radio = page.querySelector("input[name=candidate]:checked");
      chosen.textContent = radio
        ? radio.closest("label").innerText.replace(/\s+/g, " ").trim()
        : "Nobody is selected yet.";
      dialog.querySelector("[data-confirm]").disabled = !radio;
    }
    dialog.showModal();
    const field = dialog.querySelector("textarea, input") || dialog.querySelector("[data-confirm]");
    if (field) field.focus();
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) openDialog(document.getElementById(opener.dataset.open));
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    const enlarge = event.target.closest("[data-enlarge]");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (enlarge && plain) {
      event.preventDefault();
      const dialog = document.getElementById("rq-enlarged");
      const image = dialog.querySelector("img");
      if (!image.src) image.src = image.dataset.src;
      dialog.showModal();
    }
    // A click beside a dialog closes it.
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    if (!/^[a-z]$/.test(key)) return;
    const opener = page.querySelector(`[data-key="${key}"]`);
    if (!opener) return;
    event.preventDefault();
    openDialog(document.getElementById(opener.dataset.open));
  });

  // The same answer twice is refused by the server; a second click only frightens.
  page.addEventListener("submit", () => {
    setTimeout(() => page.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
