// data-behaviour="strength" data-url="…" data-field="id of a password": tells how strong the password is, while it is typed.
{
  for (const meter of document.querySelectorAll('[data-behaviour~="strength"]')) {
    const field = document.getElementById(meter.dataset.field);
    field?.closest(".field")?.append(meter);
    let waiting;
    const ask = async () => {
      if (!field.value) {
        meter.hidden = true;
        return;
      }
      const body = new FormData();
      body.set("new_password", field.value);
      body.set("csrfmiddlewaretoken", field.form.elements.csrfmiddlewaretoken.value);
      const answer = await fetch(meter.dataset.url, { method: "POST", body }).catch(() => null);
      if (!answer?.ok) return;
      const { score, label, advice } = await answer.json();
      const bar = document.createElement("progress");
      bar.className = `progress progress--${["danger", "danger", "warning", "success", "success"][score]}`;
      bar.max = 4;
      bar.value = Math.max(score, 0.5);
      bar.setAttribute("aria-label", label);
      meter.replaceChildren(bar, Object.assign(document.createElement("span"), { textContent: advice ? `${label}. ${advice}` : label }));
      meter.hidden = false;
    };
    field?.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, 250);
    });
  }
}
