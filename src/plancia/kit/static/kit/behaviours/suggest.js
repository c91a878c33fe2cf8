// data-behaviour="suggest" on a search <form>: lists what fits in its [data-results] while one types; Enter sends the form.
{
  for (const form of document.querySelectorAll('form[data-behaviour~="suggest"]')) {
    const input = form.querySelector("input[type=search]");
    const results = form.querySelector("[data-results]");
    let wanted = 0;
    let timer;

    const search = async () => {
      const mine = ++wanted;
      if (!input.value.trim()) return results.replaceChildren();
      const address = new URL(form.action);
      address.searchParams.set("q", input.value);
      const answer = await fetch(address, { headers: { "X-Fragment": "results" } }).catch(() => null);
      if (answer?.ok && mine === wanted) results.innerHTML = await answer.text();
    };

    const close = () => {
      wanted++;
      results.replaceChildren();
    };

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(search, 120);
    });

    form.addEventListener("submit", () => {
      clearTimeout(timer);
      close();
    });

    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") return close();
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const links = [...results.querySelectorAll("a")];
      if (!links.length) return;
      event.preventDefault();
      const next = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      (links[next] ?? (next < 0 ? input : links.at(-1))).focus();
    });

    document.addEventListener("click", (event) => {
      if (!form.contains(event.target)) close();
    });
  }
}
