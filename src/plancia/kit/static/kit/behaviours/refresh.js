// data-behaviour="refresh" data-seconds="3" on an element with an id: reads the page again and puts the new element in
// its place, until the new one no longer asks for it.
{
  const watch = (element) => {
    setTimeout(async () => {
      const answer = document.hidden ? null : await fetch(location.href).catch(() => null);
      if (!answer?.ok) return watch(element);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(element.id);
      if (!fresh) return location.reload();
      element.replaceWith(fresh);
      if (fresh.matches('[data-behaviour~="refresh"]')) watch(fresh);
    }, Number(element.dataset.seconds ?? 3) * 1000);
  };
  document.querySelectorAll('[data-behaviour~="refresh"]').forEach(watch);
}
