"""QTI 1.2, as Canvas imports it: a chapter is a quiz that draws one variant of each question.

Canvas reads this edition by habits of its own, and they are kept here where the standard leaves a
choice. It takes every condition with ``or`` or ``and`` for a right answer, so hints stand behind
single comparisons alone; what cannot be hinted at so, such as a set of cells, is told after any
wrong answer as what often goes wrong. Two fields are blanks whose accepted texts are listed.

References
----------
IMS Question & Test Interoperability: ASI XML Binding, version 1.2.1, 2003. Canvas LMS,
``gems/plugins/qti_exporter``.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from convlib.questions.declaration import SAYS
from grading.quiz.bank import Bank, manifest, resource
from grading.quiz.items import Item
from grading.quiz.markup import document, element, image, paragraph, paragraphs, text_list, written

__all__ = ["files"]

NAMESPACE = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
#: What Canvas calls the kinds.
TYPES = {
    "number": "numerical_question",
    "size": "fill_in_multiple_blanks_question",
    "choice": "multiple_choice_question",
    "cells": "multiple_answers_question",
}
#: What the fields are called. Canvas knows blanks by the name that follows ``response_``.
FIELD, BLANK = "response1", "response_{}"
ALL = "100"


def files(bank: Bank) -> dict[str, bytes]:
    """Return the files of a chapter's package by their names."""
    sections = (
        element(
            "section",
            element("selection_ordering", element("selection", element("selection_number", "1"))),
            *map(item_element, items),
            ident=name,
            title=name,
        )
        for name, items in bank.questions.items()
    )
    root = element("section", *sections, ident="root_section")
    quiz = element("assessment", root, ident=bank.name, title=bank.title)
    path = f"{bank.name}.xml"
    listed = resource(bank.name, "imsqti_xmlv1p2", path, bank.pictures)
    return {
        "imsmanifest.xml": manifest(bank, ("IMS Content", "1.1.3"), [listed]),
        path: document(element("questestinterop", quiz, xmlns=NAMESPACE)),
    }


def item_element(item: Item) -> Element:
    """Return a variant."""
    type_ = element(
        "qtimetadatafield",
        element("fieldlabel", "question_type"),
        element("fieldentry", TYPES[item.kind]),
    )
    return element(
        "item",
        element("itemmetadata", element("qtimetadata", type_)),
        element("presentation", _material(*_shown(item)), *_fields(item)),
        element("resprocessing", _score(), *_conditions(item)),
        *_feedback(item),
        ident=item.name,
        title=item.title,
    )


def _shown(item: Item) -> Iterator[Element]:
    yield paragraph(item.text)
    if item.asked:
        yield image(item.asked, "media")
    if item.kind == "size":
        yield paragraph(", ".join(f"{label}: [{label}]" for label in item.labels))


def _material(*html: Element) -> Element:
    text = "".join(map(written, html))
    return element("material", element("mattext", text, texttype="text/html"))


def _fields(item: Item) -> Iterator[Element]:
    if item.kind == "size":
        for label, number in zip(item.labels, item.right, strict=True):
            yield _choices(BLANK.format(label), {_blank(label): number}, "Single")
    elif item.options:
        cardinality = "Multiple" if item.kind == "cells" else "Single"
        yield _choices(FIELD, item.options, cardinality)
    else:
        number = element(
            "render_fib", element("response_label", ident="answer1"), fibtype="Decimal"
        )
        yield element("response_str", number, ident=FIELD, rcardinality="Single")


def _choices(field: str, options: dict[str, str], cardinality: str) -> Element:
    labels = (
        element("response_label", _material(paragraph(text)), ident=name)
        for name, text in options.items()
    )
    return element(
        "response_lid", element("render_choice", *labels), ident=field, rcardinality=cardinality
    )


def _blank(label: str) -> str:
    """Return the name of the text that a blank accepts."""
    return f"answer_{label}"


def _score() -> Element:
    return element(
        "outcomes",
        element("decvar", maxvalue=ALL, minvalue="0", varname="SCORE", vartype="Decimal"),
    )


def _conditions(item: Item) -> Iterator[Element]:
    """Yield what follows from an answer: what is said to any stands first, to a wrong one last."""
    yield _condition([element("other")], "general_fb")
    if item.kind in ("number", "choice"):
        for at, answer in enumerate(item.hints):
            yield _condition([_equal(answer[0])], f"hint_{at}_fb")
    if item.kind == "size":
        share = f"{int(ALL) / len(item.labels):g}"
        for label in item.labels:
            here = _equal(_blank(label), BLANK.format(label))
            yield _condition([here], score=share, action="Add")
    else:
        yield _condition(_right(item), "correct_fb", score=ALL)
    yield _condition([element("other")], "general_incorrect_fb")


def _right(item: Item) -> list[Element]:
    if item.kind == "choice":
        return [_equal(item.right[0])]
    if item.kind == "number":
        number = item.right[0]
        about = (element(name, number, respident=FIELD) for name in ("vargte", "varlte"))
        return [element("or", _equal(number), element("and", *about))]
    chosen = (_equal(name) for name in item.options if name in item.right)
    left = (element("not", _equal(name)) for name in item.options if name not in item.right)
    return [element("and", *chosen, *left)]


def _equal(value: str, field: str = FIELD) -> Element:
    return element("varequal", value, respident=field)


def _condition(
    tests: list[Element], feedback: str = "", score: str = "", action: str = "Set"
) -> Element:
    """Return a condition; only the one that says that all is right ends the others."""
    then = []
    if score:
        then.append(element("setvar", score, action=action, varname="SCORE"))
    if feedback:
        then.append(element("displayfeedback", feedbacktype="Response", linkrefid=feedback))
    goes_on = "No" if score and action == "Set" else "Yes"
    return element("respcondition", element("conditionvar", *tests), *then, continue_=goes_on)


def _feedback(item: Item) -> Iterator[Element]:
    worked = paragraphs(item.worked)
    if item.solved:
        worked.append(image(item.solved, "media"))
    yield _said("general_fb", *worked)
    if item.kind in ("number", "choice"):
        for at, hint in enumerate(item.hints.values()):
            yield _said(f"hint_{at}_fb", paragraph(hint))
    if item.kind != "size":
        yield _said("correct_fb", paragraph(SAYS["right"]))
    wrong = [paragraph(SAYS["wrong"])]
    if item.usual and item.kind != "choice":
        wrong += [paragraph("What often goes wrong:"), text_list(item.usual)]
    yield _said("general_incorrect_fb", *wrong)


def _said(name: str, *html: Element) -> Element:
    return element("itemfeedback", element("flow_mat", _material(*html)), ident=name)
