// Says at once that files are too large together, instead of after sending them.

(() => {
  "use strict";

  document.querySelectorAll("form[data-files]").forEach((form) => {
    const field = form.querySelector("input[type=file]");
    const said = form.querySelector("[data-said]");
    field.addEventListener("change", () => {
      const size = Array.from(field.files).reduce((sum, file) => sum + file.size, 0);
      const isTooLarge = size > Number(form.dataset.most);
      field.setCustomValidity(isTooLarge ? form.dataset.tooLarge : "");
      said.textContent = isTooLarge ? form.dataset.tooLarge : "";
    });
  });
})();
