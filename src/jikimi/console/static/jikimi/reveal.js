// Shows a clear picture while a button is held, and drops it the moment it is let go. The server writes
// who looked before it sends a byte.

(() => {
  "use strict";

  document.querySelectorAll("form[data-reveal]").forEach((form) => {
    const button = form.querySelector("button");
    const said = form.querySelector("[data-said]");
    let held = null;

    const letGo = () => {
      if (!held) return;
      held.abort.abort();
      if (held.canvas) {
        held.canvas.width = 0;
        held.canvas.remove();
      }
      held = null;
    };

    const hold = async () => {
      if (held) return;
      const mine = { abort: new AbortController(), canvas: null };
      held = mine;
      said.textContent = "";
      try {
        const answer = await fetch(form.dataset.reveal, {
          method: "POST", body: new FormData(form), signal: mine.abort.signal,
          cache: "no-store", redirect: "error",
        });
        if (!answer.ok || answer.headers.get("Content-Type") !== "image/jpeg") throw new Error("refused");
        const picture = await createImageBitmap(await answer.blob());
        if (held === mine) {
          mine.canvas = document.createElement("canvas");
          mine.canvas.className = "shown";
          mine.canvas.width = picture.width;
          mine.canvas.height = picture.height;
          mine.canvas.getContext("2d").drawImage(picture, 0, 0);
          document.body.append(mine.canvas);
        }
        picture.close();
      } catch {
        if (held === mine) said.textContent = form.dataset.failed;
      }
    };

    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      hold();
    });
    button.addEventListener("keydown", (event) => {
      if (event.code !== "Space" && event.code !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) hold();
    });
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    for (const end of ["pointerup", "pointercancel", "lostpointercapture", "keyup", "blur"]) {
      button.addEventListener(end, letGo);
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("visibilitychange", letGo);
    window.addEventListener("blur", letGo);
    window.addEventListener("pagehide", letGo);
  });
})();
