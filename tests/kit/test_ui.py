from __future__ import annotations

from django import forms
from django.template import engines
from django.utils import translation

from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit import pills


def draw(template: str, **context: object) -> str:
    return engines["django"].from_string(template).render(context)


class Address(forms.Form):
    email = forms.EmailField(help_text="For invoices.")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    terms = forms.BooleanField()


class Taken(Refusal):
    code = "taken"
    sentence = "It is taken by %(name)s."
    field = "email"


def test_a_field_is_tied_to_its_help_and_its_error():
    html = draw("{{ form.email.as_field_group }}", form=Address({"email": "no"}))

    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'id="id_email_helptext"' in html and 'id="id_email_error"' in html


def test_a_form_lists_what_is_wrong_with_links_to_the_fields():
    html = draw("{{ form }}", form=Address({"email": "no"}))

    assert 'href="#id_email"' in html and 'role="alert"' in html


def test_radio_buttons_are_cards_in_a_fieldset():
    html = draw("{{ form.kind.as_field_group }}", form=Address())

    assert html.count('class="choice"') == 2 and "<legend" in html


def test_a_refusal_is_told_on_the_field_it_is_about():
    form = Address({"email": "a@b.example", "kind": "a", "terms": "on"})
    form.is_valid()

    kit_forms.tell(form, Taken(name="Bo"))

    assert form.errors["email"] == ["It is taken by Bo."]


def test_what_people_wrote_is_escaped_in_every_piece():
    script = "<script>alert(1)</script>"
    for piece in (
        "{% page_header title=text sub=text over=text %}{% endpage_header %}",
        "{% card title=text sub=text %}{% endcard %}",
        "{% notice title=text %}{{ text }}{% endnotice %}",
        "{% empty icon='inbox' title=text text=text %}{% endempty %}",
        "{% badge 'info' text %}",
        "{% state 'product' text %}",
        "{% menu label=text %}{% endmenu %}",
    ):
        assert "<script" not in draw(piece, text=script), piece


def test_every_state_has_a_word_and_a_tone():
    from plancia.billing.queries import Standing
    from plancia.payments.states import PaymentState
    from plancia.shop.states import OrderState
    from plancia.subscriptions.states import Reason, SubscriptionState

    assert set(pills.STATES["product"]) == set(SubscriptionState)
    assert set(pills.STATES["invoice"]) == set(Standing)
    assert set(pills.STATES["order"]) == set(OrderState)
    assert set(pills.STATES["payment"]) == set(PaymentState)
    assert set(pills.REASONS) == set(Reason) - {Reason.NONE}


def test_a_pill_speaks_the_language_of_the_page():
    with translation.override("en"):
        assert "In preparation" in draw("{% state 'product' 'pending' %}")


def test_a_sparkline_of_one_value_is_nothing():
    assert draw("{% sparkline values %}", values=[1]) == ""
    assert "<polyline" in draw("{% sparkline values %}", values=[1, 3, 2])
