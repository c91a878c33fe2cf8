"""
Domain names: written by people in their own letters, kept in ASCII, and refused with a reason where they cannot exist.

Source: RFC 1035 (lengths), RFC 5891 and UTS 46 (IDNA), UTS 39 §5.2 (mixed scripts), the Public Suffix List.
"""

from __future__ import annotations

import re
import unicodedata

import idna
import tldextract
from django.utils.translation import gettext_lazy as _

from plancia.kernel.refusals import Refusal

MAX_LABEL, MAX_NAME = 63, 253

# The list that the package carries: no network, no file written. Endings of private owners (github.io) are no endings.
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

_DOTS = re.compile("[\u3002\uff0e\uff61]")  # the other dots of UTS 46

# What may stand in one label together (UTS 39, "highly restrictive"): one script, or Latin with one of these.
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
# Cyrillic and Greek letters that look Latin: a label of these alone is a mask. Source: Chromium's IDN policy, UTS 39.
_LOOKS_LATIN = frozenset("асԁеһіјӏорԛѕԝхуъьүҽпгѵѡ" + "ονρυικχηγτα")


class DomainRefused(Refusal):
    """A name that cannot be a domain."""

    code = "domain_refused"
    sentence = _("“%(name)s” cannot be a domain name.")


class DomainEmpty(DomainRefused):
    code = "domain_empty"
    sentence = _("Enter a domain name, such as example.ch.")


class DomainIsAddress(DomainRefused):
    code = "domain_is_address"
    sentence = _("Enter only the domain name, without “http://”, “@” or a path.")


class DomainHasSpaces(DomainRefused):
    code = "domain_has_spaces"
    sentence = _("A domain name has no spaces in it.")


class DomainWithoutDot(DomainRefused):
    code = "domain_without_dot"
    sentence = _("Enter the whole domain name with its ending, such as %(name)s.ch.")


class DomainEndsWithDot(DomainRefused):
    code = "domain_ends_with_dot"
    sentence = _("Remove the dot at the end.")


class DomainHasEmptyPart(DomainRefused):
    code = "domain_has_empty_part"
    sentence = _("Between two dots, and before the first, there must be something.")


class DomainPartTooLong(DomainRefused):
    code = "domain_part_too_long"
    sentence = _("A part between two dots may have at most %(maximum)d characters.")


class DomainTooLong(DomainRefused):
    code = "domain_too_long"
    sentence = _("A domain name may have at most %(maximum)d characters.")


class DomainHasEmoji(DomainRefused):
    code = "domain_has_emoji"
    sentence = _("Emoji and symbols cannot be used in a domain name.")


class DomainHasBadCharacter(DomainRefused):
    code = "domain_has_bad_character"
    sentence = _("“%(character)s” cannot be used in a domain name: use letters, digits and hyphens.")


class DomainHyphenMisplaced(DomainRefused):
    code = "domain_hyphen_misplaced"
    sentence = _("A part of a domain name does not start or end with a hyphen.")


class DomainMixesScripts(DomainRefused):
    code = "domain_mixes_scripts"
    sentence = _("This name mixes letters of different alphabets that look alike. Use letters of one alphabet.")


class DomainEndingUnknown(DomainRefused):
    code = "domain_ending_unknown"
    sentence = _("“.%(ending)s” is not an ending of domain names.")


class DomainIsEnding(DomainRefused):
    code = "domain_is_ending"
    sentence = _("“%(name)s” is an ending. Enter a name before it.")


class DomainHasSubdomain(DomainRefused):
    code = "domain_has_subdomain"
    sentence = _("Enter the domain itself, without what stands before it: %(domain)s.")


def parse(text: str, *, is_public: bool = True) -> str:
    """
    Return the name that `text` writes, in ASCII and lower case: `zürich.ch` gives `xn--zrich-kva.ch`.

    Where it need not be `is_public`, its ending is not looked up: a provider's own network may have others.

    Raises: a DomainRefused that says what is wrong.
    """
    name = _DOTS.sub(".", unicodedata.normalize("NFC", text.strip()))
    _check_shape(name)
    labels = [_check_label(label) for label in name.split(".")]
    ascii_name = ".".join(labels)
    if len(ascii_name) > MAX_NAME:
        raise DomainTooLong(maximum=MAX_NAME)
    if is_public:
        _check_ending(ascii_name)
    if labels[-1].isascii() and not labels[-1].startswith("xn--"):
        _check_masks(labels)
    return ascii_name


def parse_registrable(text: str) -> str:
    """
    Return the name that `text` writes, as `parse` does, where it is one that is registered: not `www.aurora.ch`.

    Raises: a DomainRefused that says what is wrong.
    """
    name = parse(text)
    found = _SUFFIXES(name)
    if found.subdomain:
        raise DomainHasSubdomain(domain=show(f"{found.domain}.{found.suffix}"))
    return name


def ending(name: str) -> str:
    """Return the public ending of a parsed name: `co.uk` of `aurora.co.uk`."""
    return _SUFFIXES(name).suffix


def is_public_ending(text: str) -> bool:
    """Say whether names are registered under `text`, such as `ch` or `co.uk`."""
    return bool(text) and _SUFFIXES(f"example.{text}").suffix == text


def show(name: str) -> str:
    """Return a parsed name in the letters that people read: `zürich.ch`."""
    try:
        return ".".join(idna.decode(label) if label.startswith("xn--") else label for label in name.split("."))
    except idna.IDNAError:
        return name


def _check_shape(name: str) -> None:
    if not name:
        raise DomainEmpty()
    if len(name) > 4 * MAX_NAME:
        raise DomainTooLong(maximum=MAX_NAME)
    if "://" in name or any(sign in name for sign in "/@?#:"):
        raise DomainIsAddress()
    if any(letter.isspace() for letter in name):
        raise DomainHasSpaces()
    if name.strip(".") == "" or name.startswith(".") or ".." in name:
        raise DomainHasEmptyPart()
    if name.endswith("."):
        raise DomainEndsWithDot()
    for letter in name:
        if unicodedata.category(letter) in {"So", "Sk", "Sm", "Cs"} or letter in "\ufe0f\u20e3":
            raise DomainHasEmoji()
    if "." not in name:
        raise DomainWithoutDot(name=name[:MAX_LABEL])


def _check_label(label: str) -> str:
    """Return `label` in ASCII, lower case."""
    shown = _read(label)
    if any(unicodedata.category(letter) in {"So", "Cs"} for letter in shown):
        raise DomainHasEmoji()
    try:
        ascii_label = idna.encode(shown, uts46=True, transitional=False).decode()
    except idna.InvalidCodepoint as error:
        raise DomainHasBadCharacter(character=_first_bad(shown)) from error
    except idna.IDNAError as error:
        if label.startswith("-") or label.endswith("-"):
            raise DomainHyphenMisplaced() from error
        if "too long" in str(error):
            raise DomainPartTooLong(maximum=MAX_LABEL) from error
        raise DomainRefused(name=label) from error
    if shown != label and ascii_label != label.lower():
        raise DomainRefused(name=label)
    _check_scripts(idna.decode(ascii_label))
    return ascii_label


def _read(label: str) -> str:
    """Return the letters of `label`, also where somebody wrote it in ASCII already."""
    if not label.lower().startswith("xn--"):
        return label
    try:
        return label[4:].lower().encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError, ValueError) as error:
        raise DomainRefused(name=label) from error


def _check_ending(name: str) -> None:
    found = _SUFFIXES(name)
    if not found.suffix:
        raise DomainEndingUnknown(ending=show(name.rpartition(".")[2]))
    if not found.domain:
        raise DomainIsEnding(name=show(name))


def _first_bad(label: str) -> str:
    """Return the first letter of `label` that IDNA does not allow."""
    for letter in label.lower():
        try:
            idna.encode(f"a{letter}a", uts46=True)
        except idna.IDNAError:
            return letter
    return label


def _check_scripts(label: str) -> None:
    scripts = {unicodedata.name(letter, "?").split()[0].split("-")[0] for letter in label if letter.isalpha()}
    if len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER):
        raise DomainMixesScripts()


def _check_masks(labels: list[str]) -> None:
    """Refuse a label that is all letters looking Latin, under an ending in Latin letters."""
    for label in labels[:-1]:
        letters = [letter for letter in show(label) if letter.isalpha()]
        if letters and all(letter in _LOOKS_LATIN for letter in letters):
            raise DomainMixesScripts()
