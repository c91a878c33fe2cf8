// data-behaviour="palette" on <dialog>: opens on Ctrl-K, "/" or a press on [data-opens="palette"]; searches while typing.
{
  const dialog = document.querySelector('[data-behaviour~="palette"]');
  if (dialog) {
    const input = dialog.querySelector("input[type=search]");
    const results = dialog.querySelector("[data-results]");
    let wanted = 0;
    let timer;

    const search = async () => {
      const mine = ++wanted;
      const address = new URL(dialog.dataset.url, location.href);
      address.searchParams.set("q", input.value);
      const answer = await fetch(address, { headers: { "X-Fragment": "results" } }).catch(() => null);
      if (answer?.ok && mine === wanted) results.innerHTML = await answer.text();
    };

    const open = () => {
      if (dialog.open) return;
      dialog.showModal();
      input.select();
      search();
    };

    const move = (step) => {
      const links = [...results.querySelectorAll("a")];
      const next = links.indexOf(document.activeElement) + step;
      (links[next] ?? (next < 0 ? input : links.at(-1)))?.focus();
    };

    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      if ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing)) {
        event.preventDefault();
        open();
      }
    });

    document.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
      else if (event.target.closest('[data-opens="palette"]')) {
        event.preventDefault();
        open();
      }
    });

    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
      }
    });

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(search, 120);
    });

    // Enter goes to the first result, as people expect of a palette; with none, to the search page.
    input.form.addEventListener("submit", (event) => {
      const first = results.querySelector("a");
      if (first && input.value) {
        event.preventDefault();
        first.click();
      }
    });
  }
}
