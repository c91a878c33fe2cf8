// data-behaviour="once" on <form>: its button is busy once pressed, and a second press sends nothing.
{
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches('[data-behaviour~="once"]') || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });

  // A page that comes back from the browser's memory may be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll('[data-behaviour~="once"] [aria-busy]')) button.removeAttribute("aria-busy");
  });
}
