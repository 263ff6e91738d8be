"""Which documents are versions of each other, and which is newer."""

from __future__ import annotations

import pytest

from chatbot.text.versions import Version, is_newer, name_of, similarity, sketch_of, version_of

AGREEMENT = (
    "This agreement is made between the shipyard and the port for the supply of two tugs. "
    "Delivery takes place at the quay before the end of June, and the supplier carries the "
    "insurance until then. Either party may end it with ninety days' notice in writing."
)
PATROLS = "The coast guard counted more patrols than ever before, and two were broken off."


def document(doc_id: str, text: str = "", *, title: str = "", date: str = "") -> Version:
    kind = "message/rfc822" if doc_id.endswith(".eml") else "text/plain"
    return version_of(doc_id, title, kind, date, sketch_of(text))


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("contract v1.docx", "contract v2.docx"),
        ("contract_v2.docx", "contract-v10.pdf"),
        ("contract v9.docx", "Contract FINAL.pdf"),
        ("contract draft.docx", "contract.docx"),
        ("contract.docx", "contract rev 2.docx"),
        ("paper 1.2 v1.9.md", "paper 1.2 v1.10.md"),
        ("Arctic report 2021.pdf", "arctic_report_2022.pdf"),
        ("договор версия 1.docx", "договор версия 3.docx"),
        ("合同 v1.docx", "合同 v2.docx"),
        ("contract_rev2.docx", "contract_rev3.docx"),
        ("ContractV1.docx", "ContractV2.docx"),
        ("合同v1.docx", "合同v2.docx"),
        ("Copy of contract v1.docx", "contract v2 (1).docx"),
        ("contract draft 2.docx", "contract draft 3.docx"),
        ("contract final.docx", "contract final2.docx"),
        ("contract_old.docx", "contract.docx"),
        ("Vertrag Entwurf.docx", "Vertrag endgültig.docx"),
        ("contrato borrador.docx", "contrato definitivo.docx"),
        ("umowa wersja 1.docx", "umowa wersja 2.docx"),
        ("договор черновик.docx", "договор окончательный.docx"),
        ("合同 草案.docx", "合同 终稿.docx"),
    ],
)
def test_names_tell_which_version_is_newer(older: str, newer: str) -> None:
    """The texts don't matter."""
    first, second = document(older, PATROLS), document(newer, AGREEMENT)
    assert is_newer(second, first)
    assert not is_newer(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("contract v1.docx", "invoice v2.docx"),
        ("a/report 2021.pdf", "b/report 2022.pdf"),
        ("article 17.md", "article 18.md"),
        ("minutes 2022-03-14.md", "minutes 2022-04-11.md"),
        ("newsletter 2022-03.md", "newsletter 2023-03.md"),
        ("Roe v. Wade.md", "Roe v. Smith.md"),
        ("doc 2021.md", "doc 2022.md"),
        ("1.md", "2.md"),
        ("minutes 14.03.2022.md", "minutes 11.04.2022.md"),
        ("section 3.2.md", "section 3.3.md"),
    ],
)
def test_other_documents_are_no_versions(first: str, second: str) -> None:
    """They differ in folder, subject, day, or the number of a thing."""
    one, other = document(first, PATROLS), document(second, AGREEMENT)
    assert not is_newer(one, other)
    assert not is_newer(other, one)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("contract 14.03.2024.docx", "contract 02.05.2024.docx"),
        ("contract 2024-03-14.docx", "contract 02.05.2024.pdf"),
        ("contract_20240314.docx", "Copy of contract_20240502 (2).docx"),
        ("Contract March 2024.docx", "Contract May 2024.docx"),
    ],
)
def test_dates_in_the_names_of_the_same_text_tell_which_is_newer(older: str, newer: str) -> None:
    """However the day is written."""
    first, second = document(older, AGREEMENT), document(newer, AGREEMENT + " Signed in June.")
    assert is_newer(second, first)
    assert not is_newer(first, second)


def test_the_same_text_under_other_names_goes_by_its_dates() -> None:
    """Dates are compared as far as both are stated, so a year isn't later than one of its days."""
    draft = document("scan17.pdf", AGREEMENT, date="2021-05-03")
    signed = document("Tugs.docx", AGREEMENT + " Signed in June.", date="2021-06-30")
    assert is_newer(signed, draft)
    assert not is_newer(draft, signed)
    undated, year = document("a.txt", AGREEMENT), document("b.txt", AGREEMENT, date="2021")
    for other in (undated, year):
        assert not is_newer(signed, other)
        assert not is_newer(other, signed)


def test_titles_tell_of_a_series_but_subjects_of_mail_do_not() -> None:
    """Files of one folder with the same title but for the year."""
    titles = "Budget of the fleet 2021", "Budget of the fleet 2022"
    for suffix, expected in ((".pdf", True), (".eml", False)):
        first, second = (
            document(f"x/{name}{suffix}", title=title)
            for name, title in zip("ab", titles, strict=True)
        )
        assert is_newer(second, first) is expected
        assert not is_newer(first, second)


def test_a_name_gives_its_date_and_version() -> None:
    """What remains of it is the key."""
    name = name_of("Report on the tugs, draft v0.9 (14 of 2022-03-14)")
    assert (name.key, name.date, name.number) == ("report on the tugs 14", (2022, 3, 14), (0, 9))
    assert name_of("20220314 tugs").date == (2022, 3, 14)
    assert name_of("Tugs, March 2022").date == (2022, 3)
    assert name_of("Tugs 1812").date == ()


def test_similarity_is_the_share_of_runs_in_common() -> None:
    """It's estimated within a tenth; a text without four words has no runs."""
    words = [f"w{number}" for number in range(2_000)]
    first, half = " ".join(words), " ".join([*words[:1_000], *words[:1_000:-1]])
    sketches = [version_of("", "", "", "", sketch_of(text)).sketch for text in (first, half, "a b")]
    assert similarity(sketches[0], sketches[0]) == 1
    assert similarity(sketches[0], sketches[1]) == pytest.approx(1 / 3, abs=0.1)
    assert similarity(sketches[0], sketches[2]) == 0
    assert similarity(sketches[2], sketches[2]) == 0
