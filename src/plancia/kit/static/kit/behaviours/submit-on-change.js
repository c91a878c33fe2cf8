// data-behaviour="submit-on-change" on <form>: sends it when a choice changes; its [data-needless] button hides.
{
  for (const form of document.querySelectorAll('form[data-behaviour~="submit-on-change"]')) {
    for (const button of form.querySelectorAll("[data-needless]")) button.hidden = true;
    form.addEventListener("change", (event) => {
      if (event.target.matches("select, [type=checkbox], [type=radio]")) form.requestSubmit();
    });
  }
}
