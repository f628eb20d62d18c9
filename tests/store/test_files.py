"""A file is whole, whoever writes it at once."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from store.files import write_atomically


def test_threads_that_write_the_same_file_at_once_leave_one_of_them_whole_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    texts = [bytes([number]) * 10_000 for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        digests = list(threads.map(lambda text: write_atomically(path, [text]), texts))
    assert digests == [sha256(text).hexdigest() for text in texts]
    assert path.read_bytes() in texts
    assert list(tmp_path.iterdir()) == [path]
