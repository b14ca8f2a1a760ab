// Lets an investigator work through the alerts by keyboard: move, confirm, reject, take back, open.

(() => {
  "use strict";

  const OFF = "jikimi-keys-off";
  const dialog = document.getElementById("keys");
  const box = document.querySelector("[data-keys-on]");
  let lastDecided = "";

  const cards = () => Array.from(document.querySelectorAll("[data-alert]"));
  const current = () => document.activeElement && document.activeElement.closest("[data-alert]");

  const move = (step) => {
    const all = cards();
    const at = all.indexOf(current());
    const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
    if (next) next.focus();
  };

  const press = (card, selector) => {
    const button = card && card.querySelector(selector);
    if (button) button.click();
    return Boolean(button);
  };

  const decide = (selector) => {
    const card = current();
    if (press(card, selector)) lastDecided = card.id;
  };

  const undo = () => {
    if (!press(current(), "button.undo")) press(document.getElementById(lastDecided), "button.undo");
  };

  const open = () => {
    const card = current();
    const link = card && card === document.activeElement && card.querySelector("[data-open]");
    if (link) link.click();
    return Boolean(link);
  };

  const showKeys = () => dialog && !dialog.open && dialog.showModal();

  // Physical keys, so that they work while a Korean input method is on.
  const keys = {
    KeyJ: () => move(1),
    ArrowDown: () => move(1),
    KeyK: () => move(-1),
    ArrowUp: () => move(-1),
    KeyC: () => decide("button.confirm"),
    KeyR: () => decide("button.reject"),
    KeyU: undo,
  };

  const isTyping = (event) =>
    event.isComposing || event.keyCode === 229 ||
    event.target.closest("input, textarea, select, [contenteditable], dialog");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event)) return;
    if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) {
      event.preventDefault();
      showKeys();
      return;
    }
    if (localStorage.getItem(OFF)) return;
    if (event.code === "Enter") {
      if (open()) event.preventDefault();
      return;
    }
    const act = keys[event.code];
    if (act && !event.shiftKey) {
      event.preventDefault();
      act();
    }
  });

  document.querySelectorAll("[data-opens]").forEach((button) => button.addEventListener("click", showKeys));

  if (box) {
    box.checked = !localStorage.getItem(OFF);
    box.addEventListener("change", () => {
      if (box.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    });
  }

  // The row that was decided is replaced; keep the focus on its successor, so that the keys go on working.
  document.addEventListener("htmx:afterSwap", (event) => {
    const old = event.detail.target;
    if (!old.matches("[data-alert]")) return;
    const row = document.getElementById(old.id);
    if (row && (document.activeElement === document.body || row.contains(document.activeElement))) row.focus();
  });

  if (document.activeElement === document.body && document.querySelector("ol[data-cards] [data-alert=open]")) {
    cards()[0].focus({ preventScroll: true });
  }
})();
