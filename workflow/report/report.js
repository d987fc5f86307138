"use strict";
// Everything on the page is readable without this script: it enlarges pictures and turns a field.
for (const link of document.querySelectorAll("[data-enlarge]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const image = link.querySelector("img"), dialog = document.createElement("dialog");
    const large = new Image();
    large.src = image.src;
    large.alt = image.alt;
    dialog.append(large);
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
    document.body.append(dialog);
    dialog.showModal();
  });
}
for (const button of document.querySelectorAll(".turner")) {
  button.addEventListener("click", () => {
    const bytes = Uint8Array.from(atob(document.getElementById(button.dataset.scene).textContent.trim()), (c) => c.charCodeAt(0));
    const frame = document.createElement("iframe");
    frame.title = button.dataset.title;
    frame.srcdoc = new TextDecoder().decode(bytes);
    document.getElementById(button.dataset.stand).replaceChildren(frame);
    button.remove();
  });
}
// Print shows what is folded.
addEventListener("beforeprint", () => { for (const fold of document.querySelectorAll("details")) { fold.open = true; } });
