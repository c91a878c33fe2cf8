// data-behaviour="passkey" on <form>: makes a passkey (data-kind="create") or uses one when its button is pressed, and sends
// what came of it. The challenge stands in data-options, or is fetched from the form's address.
{
  const can = window.PublicKeyCredential && "parseCreationOptionsFromJSON" in PublicKeyCredential;
  for (const form of can ? document.querySelectorAll('[data-behaviour~="passkey"]') : []) {
    const failure = form.querySelector("[data-failure]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      failure.hidden = true;
      try {
        const asked = form.dataset.options ? JSON.parse(form.dataset.options) : await (await fetch(form.action)).json();
        const credential =
          form.dataset.kind === "create"
            ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked.publicKey) })
            : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked.publicKey) });
        form.elements.credential.value = JSON.stringify(credential);
        form.submit();
      } catch (error) {
        console.info(error);
        failure.hidden = false;
      }
    });
  }
}
