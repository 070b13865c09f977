"""QTI 2.1: a file for each variant, and a test that draws one variant of each question.

A number is asked for as a number, not as a text: so the system that asks takes it as its users type
numbers, with spaces around, a sign, or ``.0`` at the end.

References
----------
IMS Question & Test Interoperability: Assessment Test, Section and Item Information Model,
version 2.1, 2012.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from convlib.questions.declaration import SAYS
from grading.quiz.bank import Bank, manifest, resource
from grading.quiz.items import Item
from grading.quiz.markup import content, document, element, image, paragraph, paragraphs

__all__ = ["files"]

NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_v2p1"
#: Wrong numbers that are no whole ones are known to two decimals. So far they can be away.
ABOUT = 0.005


def files(bank: Bank) -> dict[str, bytes]:
    """Return the files of a chapter's package by their names."""
    paths = {item.name: f"items/{item.name}.xml" for item in bank.items}
    listed = [
        resource(item.name, "imsqti_item_xmlv2p1", paths[item.name], item.pictures)
        for item in bank.items
    ]
    test = resource(bank.name, "imsqti_test_xmlv2p1", f"{bank.name}.xml", (), paths)
    return {
        "imsmanifest.xml": manifest(bank, ("QTIv2.1 Package", "1.0.0"), [test, *listed]),
        f"{bank.name}.xml": document(_test(bank, paths)),
        **{paths[item.name]: document(item_element(item)) for item in bank.items},
    }


def _test(bank: Bank, paths: dict[str, str]) -> Element:
    sections = (
        element(
            "assessmentSection",
            element("selection", select="1"),
            *(
                element("assessmentItemRef", identifier=item.name, href=paths[item.name])
                for item in items
            ),
            identifier=f"draw-{name}",
            title=name,
            visible="false",
        )
        for name, items in bank.questions.items()
    )
    part = element(
        "testPart",
        element("itemSessionControl", showFeedback="true"),
        *sections,
        identifier="questions",
        navigationMode="nonlinear",
        submissionMode="individual",
    )
    return element("assessmentTest", part, identifier=bank.name, title=bank.title, xmlns=NAMESPACE)


def item_element(item: Item) -> Element:
    """Return a variant."""
    return element(
        "assessmentItem",
        *_responses(item),
        _outcome("SCORE", "float", element("defaultValue", element("value", "0"))),
        _outcome("FEEDBACK", "identifier"),
        _outcome("SOLUTION", "identifier"),
        element("itemBody", *_body(item)),
        _processing(item),
        *_feedback(item),
        identifier=item.name,
        title=item.title,
        adaptive="false",
        timeDependent="false",
        xmlns=NAMESPACE,
    )


def _fields(item: Item) -> list[str]:
    """Return the names of what is answered."""
    if len(item.labels) < 2:
        return ["RESPONSE"]
    return [f"RESPONSE_{at}" for at, _ in enumerate(item.labels, 1)]


def _responses(item: Item) -> Iterator[Element]:
    fields = _fields(item)
    kind = "identifier" if item.options else "float"
    rights = [item.right] if item.options else [(number,) for number in item.right]
    for field, right in zip(fields, rights, strict=True):
        yield element(
            "responseDeclaration",
            element("correctResponse", *(element("value", one) for one in right)),
            identifier=field,
            cardinality="multiple" if item.kind == "cells" else "single",
            baseType=kind,
        )


def _outcome(name: str, kind: str, *default: Element) -> Element:
    return element(
        "outcomeDeclaration", *default, identifier=name, cardinality="single", baseType=kind
    )


def _body(item: Item) -> Iterator[Element]:
    yield paragraph(item.text)
    if item.asked:
        yield image(item.asked, "../media")
    if not item.options:
        for label, field in zip(item.labels, _fields(item), strict=True):
            entry = element("textEntryInteraction", responseIdentifier=field, expectedLength="9")
            yield paragraph(f"{label}: ", entry)
        return
    choices = (
        element("simpleChoice", *content(text), identifier=name)
        for name, text in item.options.items()
    )
    yield element(
        "choiceInteraction",
        *choices,
        responseIdentifier="RESPONSE",
        shuffle="false",
        maxChoices="0" if item.kind == "cells" else "1",
    )


def _processing(item: Item) -> Element:
    """Return what follows from an answer: a score, what is said to it, and the worked answer."""
    right = element("responseIf", _is(item, item.right), _set("SCORE", "float", "1"), _say("right"))
    known = (
        element("responseElseIf", _is(item, answer), _say(f"hint_{at}"))
        for at, answer in enumerate(item.hints)
    )
    near = (
        element("responseElseIf", _part_is(field, item.right[at]), _say(f"near_{at}"))
        for at, field in enumerate(_fields(item))
        if at in item.near
    )
    return element(
        "responseProcessing",
        element("responseCondition", right, *known, *near, element("responseElse", _say("wrong"))),
        _set("SOLUTION", "identifier", "worked"),
    )


def _is(item: Item, answer: tuple[str, ...]) -> Element:
    """Return whether this is the answer."""
    if item.options:
        options = (element("baseValue", name, baseType="identifier") for name in answer)
        wanted = element("multiple", *options) if item.kind == "cells" else next(options)
        return element("match", element("variable", identifier="RESPONSE"), wanted)
    parts = [_part_is(*one) for one in zip(_fields(item), answer, strict=True)]
    return parts[0] if len(parts) == 1 else element("and", *parts)


def _part_is(field: str, number: str) -> Element:
    if "." not in number:
        return _compare("equal", field, number, toleranceMode="exact")
    # Not every player knows the tolerance of `equal`.
    low, high = (f"{float(number) + away:.3f}" for away in (-ABOUT, ABOUT))
    return element("and", _compare("gte", field, low), _compare("lt", field, high))


def _compare(how: str, field: str, number: str, **attributes: str) -> Element:
    variable = element("variable", identifier=field)
    return element(how, variable, element("baseValue", number, baseType="float"), **attributes)


def _set(outcome: str, kind: str, value: str) -> Element:
    return element(
        "setOutcomeValue", element("baseValue", value, baseType=kind), identifier=outcome
    )


def _say(feedback: str) -> Element:
    return _set("FEEDBACK", "identifier", feedback)


def _feedback(item: Item) -> Iterator[Element]:
    yield _said("FEEDBACK", "right", [paragraph(SAYS["right"])])
    for at, hint in enumerate(item.hints.values()):
        yield _said("FEEDBACK", f"hint_{at}", [paragraph(f"{SAYS['wrong']} {hint}")])
    for at, hint in item.near.items():
        yield _said("FEEDBACK", f"near_{at}", [paragraph(f"{SAYS['wrong']} {hint}")])
    yield _said("FEEDBACK", "wrong", [paragraph(f"{SAYS['wrong']} {SAYS['look']}")])
    worked = paragraphs(item.worked)
    if item.solved:
        worked.append(image(item.solved, "../media"))
    yield _said("SOLUTION", "worked", worked)


def _said(outcome: str, name: str, html: Iterable[Element]) -> Element:
    return element(
        "modalFeedback", *html, outcomeIdentifier=outcome, identifier=name, showHide="show"
    )
