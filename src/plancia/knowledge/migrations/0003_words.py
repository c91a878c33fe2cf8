from django.db import migrations

INDEXES = """
create index knowledge_word_lexeme on knowledge_word (language, lexeme) include (articles);
create index knowledge_word_prefix on knowledge_word (language, word text_pattern_ops);
create index knowledge_translation_shown on knowledge_translation (language, state);
"""
NO_INDEXES = "drop index knowledge_word_lexeme, knowledge_word_prefix, knowledge_translation_shown;"


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0002_search")]

    operations = [migrations.RunSQL(INDEXES, NO_INDEXES)]
