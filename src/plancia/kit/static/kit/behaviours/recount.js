// data-behaviour="recount" on <form>: when a choice changes, sends it to its own address and puts the answer's
// [data-live] elements in the place of those with the same id. Its [data-needless] button hides.
{
  for (const form of document.querySelectorAll('form[data-behaviour~="recount"]')) {
    for (const button of form.querySelectorAll("[data-needless]")) button.hidden = true;
    let latest = 0;
    form.addEventListener("change", async (event) => {
      if (!event.target.matches("select, [type=checkbox], [type=radio]")) return;
      // Who changes how a row is paid wants to pay it.
      const tick = document.getElementById(event.target.dataset.ticks);
      if (tick) tick.checked = true;
      const mine = ++latest;
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
      if (!answer?.ok || mine !== latest) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const element of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(element.id);
        if (fresh) element.replaceWith(fresh);
      }
    });
  }
}
