"""Remembers which cases have a picture in common, so that what they share is not mistaken for a layout."""


class Kin:
    """Cases in groups: a chain of common pictures leads from any case of a group to any other."""

    def __init__(self) -> None:
        self._leader: dict[str, str] = {}

    def relate(self, one: str, other: str) -> None:
        """Put two cases, and all that are grouped with them, into one group."""
        first, second = sorted((self.group_of(one), self.group_of(other)))
        if first != second:
            for case in (second, *(case for case, leader in self._leader.items() if leader == second)):
                self._leader[case] = first

    def group_of(self, case: str) -> str:
        """Return the name of the case's group: its own where it is alone."""
        return self._leader.get(case, case)
