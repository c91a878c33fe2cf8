"""What the help centre costs and finds: the import of 10,000 articles in five languages, and a hundred questions."""

from __future__ import annotations

import itertools
import random
import re
import resource
import shutil
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import django

django.setup()

from django.test import Client  # noqa: E402  (after Django is set up)

from plancia.catalog import importing as catalog_importing  # noqa: E402
from plancia.catalog import queries, sample  # noqa: E402
from plancia.catalog import reading as catalog_reading  # noqa: E402
from plancia.kernel import transaction  # noqa: E402
from plancia.kernel.actors import SYSTEM  # noqa: E402
from plancia.knowledge import bundled, importing, reading, searching, writing  # noqa: E402
from plancia.knowledge.importing import Names  # noqa: E402
from plancia.knowledge.library import Library  # noqa: E402

ARTICLES = 10_000
LANGUAGES = ("it", "en", "fr", "de", "es")
NOW = datetime.now(UTC)
#: In so many of the bundled articles stands a word that belongs to no subject.
_GENERAL = 20
_SYLLABLES = "ba co di fu ga le mi no pa ro sa te vi zo bre cla dru fle gri pla sto tra".split()  # noqa: SIM905

Questions = Mapping[str, Sequence[tuple[str, Sequence[int]]]]


def main() -> None:
    """Print tables: the import, the time of a search, and how often the right article is among the first three."""
    with transaction.as_staff():
        catalog_importing.load(catalog_reading.read(sample.directory()), actor=SYSTEM, at=NOW)
        names = {code: row.names for code, row in queries.contents().types.items()}
    own = reading.read(bundled.directory())
    importing.load(own, product_names=names, actor=SYSTEM, at=NOW)
    questions = tomllib.loads((Path(__file__).parent / "questions.toml").read_text())
    alone = _found(questions)

    print("## Help centre\n")
    root = Path(tempfile.mkdtemp(prefix="plancia-articles-"))
    try:
        count = _write(root, own, names)
        started = time.perf_counter()
        library = reading.read(root)
        read = time.perf_counter() - started
        started = time.perf_counter()
        importing.load(library, product_names=names, actor=SYSTEM, at=NOW)
        loaded = time.perf_counter() - started
        started = time.perf_counter()
        again = importing.load(library, product_names=names, actor=SYSTEM, at=NOW)
        second = time.perf_counter() - started
    finally:
        shutil.rmtree(root)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    texts = sum(len(article.texts) for article in library.articles)
    print(
        f"{count:,} articles, {texts:,} texts, in {len(LANGUAGES)} languages: read and checked in {read:.0f} s,"
        f" imported in {loaded:.0f} s; again, with {len(again.counts)} changes, in {second:.0f} s."
        f" At most {memory:,.0f} MB of memory.\n"
    )
    del library
    print("| search among all of them, server time | searches | p50 ms | p95 ms | most ms |\n|---|---|---|---|---|")
    asked = [(text, language) for language, pairs in questions.items() for text, _numbers in pairs]
    _table("whole questions", asked)
    _table("while typing (3, 5, 8 … letters)", [(part, code) for text, code in asked for part in _typed(text)])
    _table("one word", [(word, code) for text, code in asked for word in text.split()])
    _table("the list under the box, whole request", asked, by_page=True)

    crowded = _found(questions)
    print("\n| right article among the first three | " + " | ".join(LANGUAGES) + " | all |")
    print("|---|" + "---|" * (len(LANGUAGES) + 1))
    _relevance(f"of the {len(own.articles)} bundled articles", alone, questions)
    _relevance(f"of {count:,} articles, the others about other subjects", crowded, questions)
    missed = [f"“{text}” ({code})" for code, pairs in questions.items() for text, _ in pairs if not alone[code, text]]
    print(f"\nNot found among the bundled: {', '.join(missed) or 'none'}.\n")


def _found(questions: Questions) -> dict[tuple[str, str], bool]:
    return {
        (language, text): bool({hit.number for hit in searching.find(text, language)[:3]} & set(numbers))
        for language, pairs in questions.items()
        for text, numbers in pairs
    }


def _relevance(label: str, found: Mapping[tuple[str, str], bool], questions: Questions) -> None:
    shares = [sum(found[code, text] for text, _ in questions[code]) / len(questions[code]) for code in LANGUAGES]
    print(f"| {label} | " + " | ".join(f"{share:.0%}" for share in [*shares, sum(found.values()) / len(found)]) + " |")


def _typed(text: str) -> Iterator[str]:
    for length in (3, 5, 8, 12, 17):
        if length < len(text):
            yield text[:length]


def _table(label: str, asked: Sequence[tuple[str, str]], *, by_page: bool = False) -> None:
    client, took = Client(SERVER_NAME="localhost"), []
    for text, language in [*asked[:20], *asked]:  # the first ones warm up
        started = time.perf_counter()
        if by_page:
            client.get(f"/help/{language}/search/", {"q": text}, headers={"X-Fragment": "results"})
        else:
            searching.find(text, language, most=6)
        took.append((time.perf_counter() - started) * 1000)
    took = sorted(took[20:])
    print(
        f"| {label} | {len(took)} | {took[len(took) // 2]:.1f} | {took[int(len(took) * 0.95)]:.1f} | {took[-1]:.0f} |",
        flush=True,
    )


def _write(root: Path, own: Library, names: Names) -> int:
    """
    Write the bundled articles, and made ones: of other subjects, in general words and in words of nobody.

    Source: docs/decisions/0110-what-a-search-is-measured-against.md
    """
    for path in bundled.directory().rglob("*"):
        if path.suffix in {".md", ".toml", ".png", ".webp"}:
            target = root / path.relative_to(bundled.directory())
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    rng = random.Random(8)
    words = {code: _words(own, code) for code in LANGUAGES}
    invented = ["".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(20_000)]
    subjects = tomllib.loads((Path(__file__).parent / "subjects.toml").read_text())
    columns = {code: subjects["languages"].index(code) for code in LANGUAGES}
    every = [*itertools.product(subjects["tasks"], subjects["things"], sorted(names))]
    chosen = rng.sample(every, ARTICLES - len(own.articles))
    codes = [category.code for category in own.categories]
    for number, (task, thing, product) in enumerate(chosen, start=20_000):
        folder = root / f"made/{number % 100:02}/{number}"
        folder.mkdir(parents=True)
        values = {"number": number, "category": codes[number % len(codes)], "product_types": [product]}
        (folder / "article.toml").write_text(writing.article(values))
        for code, column in columns.items():
            title = task[column].format(thing[column])
            title = f"{title[0].upper()}{title[1:]} – {names[product][code]}"
            (folder / f"{code}.md").write_text(_made(rng, title, thing[column], words[code], invented))
    return ARTICLES


def _made(rng: random.Random, title: str, thing: str, words: Sequence[str], invented: Sequence[str]) -> str:
    def some(least: int, most: int) -> str:
        return " ".join(rng.choice(words if rng.random() < 0.6 else invented) for _ in range(rng.randint(least, most)))

    steps = "\n".join(f"{place}. {some(8, 16).capitalize()}." for place in range(1, 5))
    body = (
        f"{some(20, 40).capitalize()}.\n\n## {thing[0].upper()}{thing[1:]}\n\n{steps}\n\n{some(20, 40).capitalize()}.\n"
    )
    return writing.text(
        title=title,
        summary=f"{title}: {some(6, 10)}.",
        keywords=[thing, *rng.sample(invented, 2)],
        updated_on=date(2026, 1, 1),
        state="published",
        body=body,
    )


def _words(own: Library, language: str) -> list[str]:
    """
    Return the words that go through the bundled articles in a language, each as often as it stands there.

    Those of one subject alone are left out: articles about other subjects do not say them.
    """
    texts = [text for article in own.articles for text in article.texts if text.language == language]
    said = [re.findall(r"[^\W\d_]+", f"{text.title} {text.plain}".lower()) for text in texts]
    spread = Counter(word for words in said for word in set(words))
    return [word for words in said for word in words if spread[word] >= _GENERAL]


if __name__ == "__main__":
    main()
