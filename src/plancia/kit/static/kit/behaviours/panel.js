// data-behaviour="panel" on <dialog>: [data-opens="panel"] shows what its address answers beside the page. Links to other
// articles and forms stay in the panel; the article stays open on the pages that follow, until the panel is closed.
{
  const panel = document.querySelector('dialog[data-behaviour~="panel"]');
  if (panel) {
    const content = panel.querySelector("[data-content]");
    const opener = document.querySelector('[data-opens="panel"]');
    const about = new URL(opener.href, location.href);
    const kept = "panel";

    const show = async (address, how = {}) => {
      const wanted = new URL(address, location.href);
      if (about.searchParams.has("org")) wanted.searchParams.set("org", about.searchParams.get("org"));
      const answer = await fetch(wanted, { ...how, headers: { "X-Fragment": "panel" } }).catch(() => null);
      if (!answer?.ok || !answer.headers.get("content-type")?.startsWith("text/html")) return (location.href = address);
      content.innerHTML = await answer.text();
      content.scrollTop = 0;
      if (!panel.open) {
        const before = document.activeElement;
        panel.show();
        if (how.keepsFocus) before === document.body ? document.activeElement.blur() : before.focus();
      }
      sessionStorage.setItem(kept, answer.url);
    };

    const close = () => {
      sessionStorage.removeItem(kept);
      panel.close();
      opener.focus();
    };

    opener.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (panel.open) close();
      else show(opener.href);
    });

    panel.querySelector("[data-closes]").addEventListener("click", close);
    panel.addEventListener("keydown", (event) => event.key === "Escape" && close());

    content.addEventListener("click", (event) => {
      const link = event.target.closest("a[href]");
      const leaves = !link || link.target || link.origin !== location.origin || !/^\/help\/[a-z]{2}\/\d/.test(link.pathname);
      if (leaves || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(link.href);
    });

    content.addEventListener("submit", (event) => {
      if (event.target.method !== "post") return;
      event.preventDefault();
      show(event.target.action, { method: "POST", body: new FormData(event.target, event.submitter) });
    });

    if (sessionStorage.getItem(kept) && matchMedia("(width >= 64rem)").matches) show(sessionStorage.getItem(kept), { keepsFocus: true });
  }
}
