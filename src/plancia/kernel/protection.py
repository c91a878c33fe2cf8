"""Migration operations that protect tables: the only thing of ours that a migration imports."""

from __future__ import annotations

from django.db.migrations import RunSQL

ORGANIZATION = "(select nullif(current_setting('app.org', true), '')::uuid)"
USER = "(select nullif(current_setting('app.user', true), '')::uuid)"
#: The row that a signed link opens, to whoever holds the link.
SHOWN = "(select nullif(current_setting('app.shown', true), '')::uuid)"


class Protect(RunSQL):
    """
    Put row-level security on `table`, for its owner too.

    `visible` says which rows the role *app* may see, `writable` which it may write (the same, unless said). The
    subselect in the settings matters: it is evaluated once a query, not once a row. Source: docs/decisions/0004.
    """

    def __init__(self, table: str, visible: str = f"organization_id = {ORGANIZATION}", writable: str = "") -> None:
        super().__init__(
            f"alter table {table} enable row level security;"
            f"alter table {table} force row level security;"
            f"create policy tenant on {table} using ({visible}) with check ({writable or visible});",
            f"drop policy tenant on {table};"
            f"alter table {table} no force row level security;"
            f"alter table {table} disable row level security;",
        )
        self.table, self.visible, self.writable = table, visible, writable

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return type(self).__name__, [self.table, self.visible, self.writable], {}


#: Refuses; but a row whose time is over (the trigger's argument names the column that says so) is given up to who is
#: bound by no policy and says before when things are forgotten (`app.forgets_before`). Source: docs/decisions/0105.
_REFUSE = """
create or replace function refuse_change() returns trigger language plpgsql as $$
declare
    limit_text text := nullif(current_setting('app.forgets_before', true), '');
    is_over boolean := false;
begin
    if tg_nargs > 0 and limit_text is not null and not row_security_active(tg_relid) then
        execute format('select ($1).%I < $2', tg_argv[0]) into is_over using old, limit_text::timestamptz;
    end if;
    if is_over is not true then
        raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    return new;
end $$;
"""


class AppendOnly(RunSQL):
    """Let the database refuse every update and delete on `table`, whoever asks."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"""
            {_REFUSE}
            create trigger append_only before update or delete on {table}
                for each row execute function refuse_change();
            create trigger append_only_truncate before truncate on {table}
                for each statement execute function refuse_change();
            """,
            f"drop trigger append_only on {table}; drop trigger append_only_truncate on {table};",
        )
        self.table = table

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return type(self).__name__, [self.table], {}


class Forgettable(RunSQL):
    """Let an append-only `table` give up rows whose time, which runs from `column`, is over: to retention alone."""

    def __init__(self, table: str, column: str) -> None:
        trigger = f"drop trigger append_only on {table}; create trigger append_only before update or delete on {table}"
        super().__init__(
            f"{_REFUSE} {trigger} for each row execute function refuse_change('{column}');",
            f"{trigger} for each row execute function refuse_change();",
        )
        self.table, self.column = table, column

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return type(self).__name__, [self.table, self.column], {}
