"""Money: whole minor units of one currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from babel.core import get_global

# ISO 4217 through CLDR: digits after the point of each currency; two where CLDR is silent.
_FRACTIONS: Mapping[str, tuple[int, ...]] = get_global("currency_fractions")


def digits(currency: str) -> int:
    """Return how many digits the minor unit of `currency` has (CHF 2, JPY 0). Source: ISO 4217."""
    return _FRACTIONS.get(currency, (2,))[0]


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount: `minor` whole minor units of `currency` (ISO 4217)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError(f"minor units are whole numbers, not {self.minor!r}")
        if len(self.currency) != 3 or not self.currency.isalpha() or not self.currency.isupper():
            raise ValueError(f"not a currency: {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Return nothing of `currency`."""
        return cls(0, currency)

    @classmethod
    def of(cls, amount: str | Decimal, currency: str) -> Money:
        """Return the money that `amount` major units are. Raises: ValueError below the minor unit."""
        scaled = Decimal(amount).scaleb(digits(currency))
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{amount} {currency} is finer than the minor unit")
        return cls(int(scaled), currency)

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: str) -> Money:
        """Return the sum of `amounts`, all in `currency`."""
        result = cls.zero(currency)
        for amount in amounts:
            result += amount
        return result

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-digits(self.currency))

    @property
    def is_positive(self) -> bool:
        return self.minor > 0

    def times(self, factor: int | Decimal | Fraction) -> Money:
        """
        Return the amount times `factor`, rounded half away from zero to the minor unit.

        Source: STYLE.md, Money.
        """
        if isinstance(factor, int):
            return Money(self.minor * factor, self.currency)
        exact = Fraction(self.minor) * Fraction(factor)
        magnitude = (abs(exact) * 2 + 1) // 2
        return Money(int(magnitude) if exact >= 0 else -int(magnitude), self.currency)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """
        Share the amount over `weights` by largest remainder, losing nothing.

        Units: minor units; the shares add up to the amount exactly. Weights are not negative; all zero means equal.
        """
        if not weights or min(weights) < 0:
            raise ValueError("weights are one or more numbers, none below zero")
        parts = list(weights) if sum(weights) else [1] * len(weights)
        whole, sign = sum(parts), 1 if self.minor >= 0 else -1
        shares = [divmod(abs(self.minor) * part, whole) for part in parts]
        left = abs(self.minor) - sum(share for share, _ in shares)
        by_remainder = sorted(range(len(parts)), key=lambda place: (-shares[place][1], place))
        extra = set(by_remainder[:left])
        return [Money(sign * (share + (place in extra)), self.currency) for place, (share, _) in enumerate(shares)]

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __str__(self) -> str:
        return f"{self.currency} {self.decimal}"

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise TypeError(f"{self.currency} and {other.currency} do not mix")
        return other.minor


def round_half_up(amount: Decimal, currency: str) -> Money:
    """Return `amount` major units as money, rounded half away from zero: where a rate becomes money."""
    step = Decimal(1).scaleb(-digits(currency))
    return Money.of(amount.quantize(step, rounding=ROUND_HALF_UP), currency)
