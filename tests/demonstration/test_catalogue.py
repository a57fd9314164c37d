"""What the demonstration describes is of one piece."""

from __future__ import annotations

import pytest

from golconda.agreement import terms_file
from golconda.agreement.purposes import standard
from golconda.demonstration.catalogue import ORGANISATIONS, PRODUCTS
from golconda.demonstration.deals import DEALS, QUESTIONS
from golconda.demonstration.shape import Ending, Offer

OFFERS = [offer for product in PRODUCTS for offer in product.offers]


def test_there_are_five_organisations_ten_products_and_some_twenty_tables() -> None:
    tables = [table for product in PRODUCTS for table in product.tables]
    assert (len(ORGANISATIONS), len(PRODUCTS), len(tables)) == (5, 10, 19)


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.title.en)
def test_every_offer_is_valid_terms(offer: Offer) -> None:
    assert terms_file.read(offer.terms)


def test_offers_are_of_different_kinds() -> None:
    terms = [terms_file.read(offer.terms) for offer in OFFERS]
    assert any(offer.automatic for offer in OFFERS)
    assert any(one.shared.masks for one in terms)
    assert any(one.shared.where for one in terms)
    assert any(one.shared.aggregate for one in terms)
    assert {price.plan for one in terms for price in one.prices} == {"subscription", "metered"}


def test_every_purpose_is_on_the_standard_list() -> None:
    asked = {deal.purpose for deal in DEALS} | {question.purpose for question in QUESTIONS}
    assert asked <= set(standard().codes)


def test_every_way_a_deal_can_end_is_shown() -> None:
    assert {deal.ending for deal in DEALS} == set(Ending)


def test_every_text_is_in_both_languages() -> None:
    titled = (
        *ORGANISATIONS,
        *PRODUCTS,
        *QUESTIONS,
        *(table for product in PRODUCTS for table in product.tables),
    )
    assert all(one.title.en and one.title.zh for one in titled)
    assert all(product.description.en and product.description.zh for product in PRODUCTS)


def test_every_question_stands_on_active_deals() -> None:
    active = {(deal.assignee, deal.product, deal.purpose) for deal in DEALS if deal.ending is Ending.ACTIVE}
    for question in QUESTIONS:
        read = [product.name for product in PRODUCTS if f"{product.name.replace('/', '.')}." in question.sql]
        assert read
        assert {(question.asker, name, question.purpose) for name in read} <= active


def test_every_table_says_what_its_columns_mean() -> None:
    assert all(table.columns for product in PRODUCTS for table in product.tables)
