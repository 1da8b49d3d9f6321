"""The OpenAPI document is true: whatever is asked along it, nothing breaks, and each answer is as described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from newsletter.web.api.operations import Operation
from newsletter.web.api.routes import BASE, OPERATIONS
from tests.web_api.conftest import Partner

_BOUNDED = settings(
    max_examples=10, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def described(partner: Partner) -> OpenApiSchema:
    """The document of an application that knows a reader and a webhook."""
    web = partner.http.application
    web.config["API_LIMIT"] = "1000000 per minute"
    partner.reader()
    partner.post("/webhooks", {"url": "https://127.0.0.1/hooks", "events": ["subscription.confirmed"]})
    return schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", web)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_answer_is_as_described(
    operation: Operation, mode: GenerationMode, described: OpenApiSchema, partner: Partner
) -> None:
    key = {"Authorization": f"Bearer {partner.key}"}

    @_BOUNDED
    @given(case=described[operation.path][operation.method].as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        # What is true for the schema may be wrong for the register: an address, a newsletter that there is not.
        case.call_and_validate(headers=key, excluded_checks=[positive_data_acceptance])

    ask()


def test_the_document_needs_no_key_and_names_every_operation(partner: Partner) -> None:
    document = partner.http.get(f"{BASE}/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    named = {told["operationId"] for path in document["paths"].values() for told in path.values()}
    assert named == {operation.name for operation in OPERATIONS}
