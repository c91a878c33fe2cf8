// data-behaviour="copy" data-text="…" on a hidden <button>: shows it, copies the text, and says so.
{
  for (const button of document.querySelectorAll('[data-behaviour~="copy"]')) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    const label = button.querySelector("[data-label]") ?? button;
    const before = label.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.text);
      label.textContent = button.dataset.done ?? before;
      setTimeout(() => (label.textContent = before), 2000);
    });
  }
}
