from django.db import migrations

LANGUAGES = ("it", "en", "fr", "de", "es")
GIN = [f"knowledge_{kind}_{code}" for code in LANGUAGES for kind in ("head", "terms", "title", "word")]

# The number of articles is told by the word that most of them have; counting them took longer than the search.
INDEXES = """
drop index knowledge_translation_shown;
create index knowledge_word_most on knowledge_word (language, articles desc);
"""
NO_INDEXES = """
drop index knowledge_word_most;
create index knowledge_translation_shown on knowledge_translation (language, state);
"""
# Articles are read a thousand times more often than written: an index is put in order at once.
ORDERED = "".join(f"alter index {name} set (fastupdate = off);" for name in GIN)
UNORDERED = "".join(f"alter index {name} reset (fastupdate);" for name in GIN)

# Staff import, and may not analyze what the owner owns; without its statistics, a new help centre is searched slowly.
ANALYZE = """
create function knowledge_analyze() returns void language plpgsql security definer set search_path = public as $$
begin
    analyze knowledge_translation;
    analyze knowledge_word;
end $$;
revoke execute on function knowledge_analyze() from public;
"""
GRANT = """
do $$ begin
    if exists (select from pg_roles where rolname = 'plancia_staff') then
        grant execute on function knowledge_analyze() to plancia_staff;
    end if;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0003_words")]

    operations = [
        migrations.RunSQL(INDEXES, NO_INDEXES),
        migrations.RunSQL(ORDERED, UNORDERED),
        migrations.RunSQL(ANALYZE, "drop function knowledge_analyze();"),
        migrations.RunSQL(GRANT, migrations.RunSQL.noop),
    ]
