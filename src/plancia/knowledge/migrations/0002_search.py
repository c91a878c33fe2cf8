from django.db import migrations

from plancia.kernel import protection

# Stemming after the accents are gone, so that "fattùra" and "fattura" are one word.
WORDS = """
create text search configuration knowledge_words (copy = simple);
alter text search configuration knowledge_words alter mapping for asciiword, asciihword, hword_asciipart, word, hword,
    hword_part with unaccent, simple;
"""
NO_WORDS = "drop text search configuration knowledge_words;"

CONFIGURATIONS = {"it": "italian", "en": "english", "fr": "french", "de": "german", "es": "spanish"}

COLUMNS = """
alter table knowledge_translation add column head tsvector, add column terms tsvector;
alter table knowledge_translation alter column head set storage external, alter column terms set storage external;
"""
NO_COLUMNS = "alter table knowledge_translation drop column head, drop column terms;"

_ADD = "".join(
    f"create text search configuration knowledge_{code} (copy = {name});"
    f"alter text search configuration knowledge_{code} alter mapping for asciiword, asciihword, hword_asciipart, "
    f"word, hword, hword_part with unaccent, {name}_stem;"
    f"create index knowledge_head_{code} on knowledge_translation using gin (head) where language = '{code}';"
    f"create index knowledge_terms_{code} on knowledge_translation using gin (terms) where language = '{code}';"
    f"create index knowledge_title_{code} on knowledge_translation using gin (lower(title) gin_trgm_ops)"
    f" where language = '{code}';"
    f"create index knowledge_word_{code} on knowledge_word using gin (word gin_trgm_ops) where language = '{code}';"
    for code, name in CONFIGURATIONS.items()
)
_REMOVE = "".join(
    f"drop index knowledge_word_{code}; drop index knowledge_title_{code};"
    f"drop index knowledge_terms_{code}; drop index knowledge_head_{code};"
    f"drop text search configuration knowledge_{code};"
    for code in CONFIGURATIONS
)

# A language without a stemmer of its own is searched word by word.
FILL = """
create function knowledge_configuration(language text) returns regconfig language sql immutable as $$
    select case language
        when 'it' then 'knowledge_it'::regconfig when 'en' then 'knowledge_en'::regconfig
        when 'fr' then 'knowledge_fr'::regconfig when 'de' then 'knowledge_de'::regconfig
        when 'es' then 'knowledge_es'::regconfig else 'simple'::regconfig end
$$;
create function knowledge_fill() returns trigger language plpgsql as $$
declare how regconfig := knowledge_configuration(new.language);
begin
    new.head := setweight(to_tsvector(how, new.title), 'A')
        || setweight(to_tsvector(how, concat_ws(' . ',
            (select string_agg(value, ' . ') from jsonb_array_elements_text(new.keywords)), new.subjects)), 'B')
        || setweight(to_tsvector(how, new.summary), 'C');
    new.terms := to_tsvector(how, new.plain);
    return new;
end $$;
create trigger knowledge_fill before insert or update of title, keywords, subjects, summary, plain, language
    on knowledge_translation for each row execute function knowledge_fill();
"""
UNFILL = """
drop trigger knowledge_fill on knowledge_translation;
drop function knowledge_fill();
drop function knowledge_configuration(text);
"""

# The counts of a translation are its votes, whoever writes them; the web itself may not touch the article.
COUNT = """
create function knowledge_count() returns trigger language plpgsql security definer set search_path = public as $$
begin
    if tg_op in ('UPDATE', 'DELETE') then
        update knowledge_translation set helpful = helpful - old.is_helpful::int,
            unhelpful = unhelpful - (not old.is_helpful)::int where id = old.translation_id;
    end if;
    if tg_op in ('INSERT', 'UPDATE') then
        update knowledge_translation set helpful = helpful + new.is_helpful::int,
            unhelpful = unhelpful + (not new.is_helpful)::int where id = new.translation_id;
    end if;
    return null;
end $$;
create trigger knowledge_count after insert or update or delete on knowledge_vote
    for each row execute function knowledge_count();
"""
UNCOUNT = "drop trigger knowledge_count on knowledge_vote; drop function knowledge_count();"

# The web reads the help centre and votes; what it says is changed by imports and staff.
TABLES = (
    "knowledge_category, knowledge_article, knowledge_translation, knowledge_revision, knowledge_attachment,"
    " knowledge_word, knowledge_synonyms"
)
IF_ROLE = "do $$ begin if exists (select from pg_roles where rolname = 'plancia_app') then %s; end if; end $$;"
READ_ONLY = IF_ROLE % f"revoke insert, update, delete, truncate on {TABLES} from plancia_app"
WRITABLE = IF_ROLE % f"grant insert, update, delete on {TABLES} to plancia_app"


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]

    operations = [
        migrations.RunSQL(WORDS, NO_WORDS),
        migrations.RunSQL(COLUMNS, NO_COLUMNS),
        migrations.RunSQL(_ADD, _REMOVE),
        migrations.RunSQL(FILL, UNFILL),
        migrations.RunSQL(COUNT, UNCOUNT),
        migrations.RunSQL(READ_ONLY, WRITABLE),
        protection.AppendOnly("knowledge_revision"),
    ]
