"""Pages for people with parts that are made of data, between two marks."""


def with_part(page: str, name: str, part: str) -> str:
    """Return a page with `part` between the marks of that name; raises `ValueError` where it has none."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"the page has no marks for {name}")
    return before + begin + part + end + after
