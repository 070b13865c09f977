"""How question banks are read back: QTI 1.2 by its rules, QTI 2.1 by a player in a browser."""

from __future__ import annotations

import posixpath
from xml.etree.ElementTree import Element

from qti_convert import upgrade_qti2_to_qti3

from tests.published import published

QTI12 = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"


def plain(tree: Element, namespace: str = QTI12) -> Element:
    """Return a tree whose names have no namespace, as the grammar of QTI 1.2 knows them."""
    for one in tree.iter():
        one.tag = one.tag.removeprefix(namespace)
    return tree


class Graded:
    """What QTI 1.2 makes of an answer: a score, and the names of what is said.

    Parameters
    ----------
    item
        Without namespace.
    answer
        What is given to each field, by the name of the field.
    """

    def __init__(self, item: Element, answer: dict[str, set[str]]) -> None:
        self.answer, self.score, self.said = answer, 0.0, []
        for condition in item.iter("respcondition"):
            if not all(map(self._holds, condition.find("conditionvar"))):
                continue
            for change in condition.iter("setvar"):
                before = self.score if change.get("action") == "Add" else 0
                self.score = before + float(change.text)
            self.said += [one.get("linkrefid") for one in condition.iter("displayfeedback")]
            if condition.get("continue", "No") == "No":
                break

    def _holds(self, test: Element) -> bool:
        given = self.answer.get(test.get("respident"), set())
        match test.tag:
            case "other":
                return True
            case "not":
                return not self._holds(test[0])
            case "and":
                return all(map(self._holds, test))
            case "or":
                return any(map(self._holds, test))
            case "varequal":
                return test.text in given
            case "vargte":
                return any(float(one) >= float(test.text) for one in given)
            case "varlte":
                return any(float(one) <= float(test.text) for one in given)
        raise ValueError(f"{test.tag} is not expected")


class Player:
    """Items of QTI 2.1 in a browser, as their readers see them."""

    # The item is on the page when it knows its variables.
    LOAD = """async (xml) => {
      const container = document.querySelector("item-container");
      container.itemXML = xml;
      await container.updateComplete;
      window.item = container.shadowRoot.querySelector("qti-assessment-item");
      await window.item.updateComplete;
      return window.item.identifier;
    }"""
    ANSWER = """async (answer) => {
      window.item.resetResponses();
      for (const [field, value] of Object.entries(answer))
        window.item.updateResponseVariable(field, value);
      window.item.processResponse();
      await window.item.updateComplete;
      const value = (name) => window.item.getOutcome(name).value;
      const said = [value("FEEDBACK"), value("SOLUTION")].map((name) =>
        window.item.querySelector(`qti-modal-feedback[identifier="${name}"]`));
      return {
        score: Number(value("SCORE")),
        feedback: said[0].textContent,
        solution: said[1].textContent,
      };
    }"""

    def __init__(self, browser) -> None:
        self.page = browser.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content("<qti-item><item-container></item-container></qti-item>")
        self.page.add_script_tag(path=published("qti-components.js"))

    def load(self, xml: bytes) -> str:
        """Show an item; return its name."""
        # The player knows QTI 3, which is 2.1 by other names; the first lines name grammars.
        renamed = upgrade_qti2_to_qti3(xml.decode())
        return self.page.evaluate(self.LOAD, renamed[renamed.index("<qti-assessment-item") :])

    def answer(self, **fields: str | list[str]) -> dict:
        """Answer the item; return the score and what is said."""
        return self.page.evaluate(self.ANSWER, fields)


def beside(path: str, source: str) -> str:
    """Return where in its package the picture lies that a file at `path` shows."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
