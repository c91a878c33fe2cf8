// data-behaviour="live" data-live="price" on <form>: when something in it changes, its [data-needless] button's address is
// asked with all that is typed, and the element with that id is put in the place of the present one.
{
  for (const form of document.querySelectorAll('form[data-behaviour~="live"]')) {
    const address = form.querySelector("[data-needless]")?.formAction;
    const hide = () => form.querySelectorAll("[data-needless]").forEach((button) => (button.hidden = true));
    let asked = 0;
    const refresh = async () => {
      const mine = ++asked;
      const answer = await fetch(address, { method: "POST", body: new FormData(form) }).catch(() => null);
      if (!answer || mine !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(form.dataset.live);
      if (!fresh) return;
      document.getElementById(form.dataset.live)?.replaceWith(fresh);
      hide();
    };
    if (!address) continue;
    hide();
    form.addEventListener("change", refresh);
  }
}
