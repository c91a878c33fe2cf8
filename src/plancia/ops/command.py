"""
`plancia`: the command line. Each command makes one call, and turns its result or refusal into an exit code.

0 is done, 1 is refused or wrong, 2 is a command that was not understood.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

import plancia
from plancia.ops import embedded, migration, process, terminal

app = typer.Typer(
    name="plancia",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The console of a hosting provider. Settings come from the environment: see docs/settings.md.",
)
catalog = typer.Typer(no_args_is_help=True, help="Products, plans and prices.")
messages = typer.Typer(no_args_is_help=True, help="Translations.")
user = typer.Typer(no_args_is_help=True, help="People.")
help_centre = typer.Typer(no_args_is_help=True, help="Articles of the help centre.")
app.add_typer(catalog, name="catalog")
app.add_typer(help_centre, name="help-centre")
app.add_typer(messages, name="messages")
app.add_typer(user, name="user")
apps = typer.Typer(no_args_is_help=True, help="Apps that people sign in to through Plancia.")
app.add_typer(apps, name="app")

Host = Annotated[str, typer.Option(help="The address to listen on.")]


def main() -> None:
    """Run the command that was typed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "plancia.config.settings")
    app(prog_name="plancia")


@app.callback(invoke_without_command=True)
def version(is_asked: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False) -> None:
    """The console of a hosting provider. Settings come from the environment: see docs/settings.md."""
    if is_asked:
        typer.echo(f"plancia {plancia.__version__}")
        raise typer.Exit


@app.command()
def demo(host: Host = "127.0.0.1") -> None:
    """Serve a provider with a past, until Ctrl-C. PORT and PLANCIA_HOME may be set."""
    from plancia.ops import demonstration

    with _refusals(demonstration.Refused):
        demonstration.demonstrate(host=host)


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(envvar="PLANCIA_WORKERS", min=1, help="Processes.")] = 1,
    threads: Annotated[int, typer.Option(envvar="PLANCIA_THREADS", min=1, help="Threads in each process.")] = 4,
) -> None:
    """Serve the web."""
    with _refusals():
        process.web(host=host, port=port, workers=workers, threads=threads)


@app.command()
def work(
    concurrency: Annotated[int, typer.Option(envvar="PLANCIA_JOBS", min=1, help="How many jobs run at once.")] = 4,
) -> None:
    """Run jobs, and the timetable."""
    with _refusals():
        process.worker(concurrency=concurrency)


@app.command("rehearsal-gateway")
def rehearsal_gateway(
    host: Host = "127.0.0.1", port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8001
) -> None:
    """Run a payment gateway to rehearse with: pages of its own, and no money."""
    with _refusals():
        process.gateway(host=host, port=port)


@app.command("receive-mail")
def receive_mail(
    host: Host = "127.0.0.1", port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8025
) -> None:
    """Take the mail that is sent to support, by SMTP. The provider's mail server hands it on to here."""
    with _refusals():
        process.mail(host=host, port=port)


@app.command()
def migrate() -> None:
    """Make the database what this version needs. Starts the embedded one, unless DATABASE_URL names another."""
    with _refusals(), terminal.progress("Database") as tell, embedded.in_use(tell):
        is_changed = migration.bring_up(tell=tell)
    terminal.say("The database is ready." if is_changed else "The database was ready.")


@app.command("check-books")
def check_books() -> None:
    """Recompute every balance, total, number series and trail, and say what is wrong."""
    with _database():
        from plancia.ops import books

        wrong = books.wrong()
        names = books.names()
    for line in wrong:
        terminal.complain(line)
    if wrong:
        raise typer.Exit(1)
    terminal.say(f"The books are right: {', '.join(names)}.")


@app.command()
def doctor() -> None:
    """Say what runs, where the data are, and what is wrong."""
    from plancia.ops import diagnosis

    findings = diagnosis.examine()
    for finding in findings:
        terminal.say(f"{'ok   ' if finding.is_good else 'WRONG'}  {finding.what}")
        if not finding.is_good:
            terminal.say(f"       {finding.advice}")
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


@catalog.command("import")
def import_catalog(
    directory: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A directory of TOML files.")],
) -> None:
    """Take over the catalogue that a directory describes: all of it, or nothing."""
    with _database():
        from plancia.catalog import importing, reading
        from plancia.catalog.catalogue import CatalogRefused
        from plancia.kernel import clock, transaction
        from plancia.kernel.actors import SYSTEM

        try:
            with transaction.as_staff():
                summary = importing.load(reading.read(directory), actor=SYSTEM, at=clock.now())
        except CatalogRefused as refused:
            for error in refused.errors:
                terminal.complain(str(error))
            raise typer.Exit(1) from None
    terminal.say(str(summary))


@help_centre.command("import")
def import_help_centre(
    directory: Annotated[
        Path | None,
        typer.Argument(exists=True, file_okay=False, help="Folders of articles; the bundled ones, if none."),
    ] = None,
    overwrites: Annotated[bool, typer.Option("--overwrite", help="Also what staff changed since.")] = False,
) -> None:
    """Take over the articles that a directory holds: all of them, or nothing."""
    with _database():
        from plancia.catalog import queries
        from plancia.kernel import clock, transaction
        from plancia.kernel.actors import SYSTEM
        from plancia.knowledge import bundled, importing, reading
        from plancia.knowledge.library import LibraryRefused

        try:
            library = reading.read(directory or bundled.directory())
            with transaction.as_staff():
                names = {code: row.names for code, row in queries.contents().types.items()}
                summary = importing.load(
                    library, product_names=names, actor=SYSTEM, at=clock.now(), overwrites=overwrites
                )
        except LibraryRefused as refused:
            for mistake in refused.mistakes:
                terminal.complain(str(mistake))
            raise typer.Exit(1) from None
    terminal.say(str(summary))


@help_centre.command("export")
def export_help_centre(
    directory: Annotated[Path, typer.Argument(file_okay=False, help="A directory that is new or empty.")],
) -> None:
    """Write all articles into folders, from which they can be imported without loss."""
    with _database():
        from plancia.knowledge import exporting

        with _refusals():
            count = exporting.write(directory)
    terminal.say(f"{count} files are written to {directory}.")


@messages.command("extract")
def extract_messages() -> None:
    """Collect what is to be translated from code and templates into src/plancia/locale."""
    from plancia.ops import translations

    for language, total, new in translations.extract():
        terminal.say(f"{language}: {total} messages, {new} new")


@messages.command("compile")
def compile_messages() -> None:
    """Compile the translations that changed."""
    from plancia.ops import translations

    for language in translations.compile_changed():
        terminal.say(f"compiled {language}")


@messages.command("missing")
def missing_messages() -> None:
    """Say what is not translated."""
    from plancia.ops import translations

    missing = translations.missing()
    for language, texts in missing.items():
        for text in texts:
            terminal.complain(f"{language}: {text!r}")
    if any(missing.values()):
        raise typer.Exit(1)
    terminal.say("Everything is translated.")


@apps.command("register")
def register_app(
    name: Annotated[str, typer.Option(help="What people know it by.")],
    redirect_uri: Annotated[list[str], typer.Option(help="Where to go back to after signing in; may be repeated.")],
    post_logout_uri: Annotated[list[str] | None, typer.Option(help="… and after signing out.")] = None,
    back_channel_uri: Annotated[str, typer.Option(help="Where to tell that somebody has signed out.")] = "",
    public: Annotated[bool, typer.Option(help="It runs on people's devices and keeps no secret.")] = False,
    ours: Annotated[bool, typer.Option(help="It is our own: nobody is asked for consent.")] = False,
) -> None:
    """Register an app, and print its id and its secret, once."""
    with _database():
        from plancia.federation import registration
        from plancia.kernel import transaction
        from plancia.kernel.refusals import Refusal

        with _refusals(Refusal), transaction.as_staff():
            client, secret = registration.register(
                name=name,
                redirect_uris=redirect_uri,
                post_logout_redirect_uris=post_logout_uri or (),
                back_channel_uri=back_channel_uri,
                is_public=public,
                is_ours=ours,
            )
    terminal.say(f"client id      {client.pk}")
    if secret:
        terminal.say(f"client secret  {secret}")


@user.command("create-staff")
def create_staff(
    email: str,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    name: Annotated[str, typer.Option(help="First and last name.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="support, billing, catalogue or admin (the default).")] = None,
) -> None:
    """Make somebody of the provider's own people, who may enter the back office."""
    with _database():
        from plancia.ops import staff

        with _refusals(staff.Refused):
            staff.create(email=email, password=password, name=name, roles=role or ())
    terminal.say(f"{email} may enter the back office.")


@contextmanager
def _database() -> Iterator[None]:
    """Have the database running and up to date, with Django on top."""
    with _refusals(), process.database():
        import django

        django.setup()
        yield


@contextmanager
def _refusals(*others: type[Exception]) -> Iterator[None]:
    from plancia.kernel.refusals import Refusal

    kinds: tuple[type[Exception], ...] = (*process.SENTENCES, Refusal, *others)
    try:
        yield
    except kinds as refused:
        terminal.complain(str(refused))
        raise typer.Exit(1) from None


if __name__ == "__main__":
    main()
