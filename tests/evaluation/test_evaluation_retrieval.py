from pathlib import Path

import pytest
from small_set import APIS, write_lines

from taskmatrix.core.errors import EvaluationSetError
from taskmatrix.evaluation import evaluate_retrieval, load_retrieval_set


def no_progress(done: int, total: int) -> None:
    pass


def write_set(folder: Path, *cases: tuple[str, list[str]]) -> Path:
    write_lines(folder / "apis.jsonl", APIS)
    lines = [{"id": n, "query": query, "relevant": relevant} for n, (query, relevant) in enumerate(cases)]
    write_lines(folder / "cases.jsonl", lines)
    return folder


def test_queries_are_searched_among_the_documents_of_the_set(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path,
        ("create a slide", ["deck.create_slide"]),
        ("send a message, put a picture on it", ["mail.send", "deck.insert picture"]),
        ("tune the piano", ["music.tune"]),
    )
    report = evaluate_retrieval(load_retrieval_set(folder), [], no_progress)
    figures = report.figures()
    assert figures["recall@1"] == pytest.approx((1 + 0.5 + 0) / 3, abs=1e-3)
    assert figures["recall@5"] == figures["recall@10"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["mrr@10"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["apis"] == figures["cases"] == 3
    assert figures["skipped"] == 0
    assert set(figures) >= {"ndcg@10", "latency_ms", "index_seconds", "peak_rss_mb"}
    assert report.found[0].to_json()["found"][:1] == ["deck.create_slide"]  # type: ignore[index]


def test_a_haystack_is_searched_too_and_merged_by_identity(tmp_path: Path) -> None:
    folder = write_set(tmp_path, ("create a slide", ["deck.create_slide"]))
    hay = [{**APIS[0], "package": f"other{n}"} for n in range(5)]
    write_lines(tmp_path / "hay.jsonl.gz", [*hay, {**APIS[0], "description": "Something else entirely."}, hay[0]])
    report = evaluate_retrieval(load_retrieval_set(folder), [tmp_path / "hay.jsonl.gz"], no_progress)
    assert report.apis == len(APIS) + 5
    assert report.figures()["recall@10"] == 1


def test_a_malformed_haystack_is_refused_with_file_and_line(tmp_path: Path) -> None:
    folder = write_set(tmp_path, ("create a slide", ["deck.create_slide"]))
    write_lines(tmp_path / "hay.jsonl", [APIS[0], {"package": "p"}])
    with pytest.raises(EvaluationSetError, match=r"hay\.jsonl, line 2: "):
        evaluate_retrieval(load_retrieval_set(folder), [tmp_path / "hay.jsonl"], no_progress)


def test_an_empty_set_has_no_figures_but_no_error_either(tmp_path: Path) -> None:
    figures = evaluate_retrieval(load_retrieval_set(write_set(tmp_path)), [], no_progress).figures()
    assert figures["recall@1"] is None
    assert figures["cases"] == 0
