import pytest

from understudy.files import digest_of, replacing, write_json


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})

    def write_half():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == '{\n "a": 1\n}\n'
    assert len(list(tmp_path.iterdir())) == 1


def test_json_is_the_same_whatever_the_order_of_keys(tmp_path):
    write_json(tmp_path / "a.json", {"a": 0.1, "b": 2})
    write_json(tmp_path / "b.json", {"b": 2, "a": 0.1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})


def test_nan_is_no_result(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_files_are_written_in_the_scratch_folder_and_end_where_they_belong(tmp_path, monkeypatch):
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("UNDERSTUDY_SCRATCH", str(tmp_path / "scratch"))
    with replacing(tmp_path / "results/a.json") as temporary:
        assert temporary.parent == tmp_path / "scratch"
        temporary.write_text("whole")
    assert (tmp_path / "results/a.json").read_text() == "whole"
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["a.json"]


def test_a_failed_write_leaves_nothing_in_the_scratch_folder(tmp_path, monkeypatch):
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("UNDERSTUDY_SCRATCH", str(tmp_path / "scratch"))

    def write_half():
        with replacing(tmp_path / "results/a.json") as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
