"""Checks rules of X's filtered stream: each post costs money, so a rule must be narrow."""

import re

from jikimi.model.errors import Misconfigured

LONGEST = 512
"""Letters of a rule: a rule may have 1,024 without a contract, but what was missed is searched for with it.

(https://docs.x.com/x-api/posts/search/integrate/overview: 512 of a recent search, self-serve.)
"""
MOST = 1000
TOKEN = re.compile(r'-?(?:[a-z_]+:)?"[^"]*"|\(|-\(|\)|[^\s()]+', re.IGNORECASE)
NARROW = ("from:", "to:", "url:", "conversation_id:", "retweets_of:", "list:", "entity:", "context:")
WIDE = re.compile(r"(is|has|lang|place_country|sample|followers_count|tweets_count):", re.IGNORECASE)
SHORTEST_WORD = 3  # letters; Korean, Japanese and Chinese words are shorter
EVERYDAY = (
    "the and for you are not with this that have from was but they all can what when your will just like new "
    "one out get who how him her his she our has had its any now see day man way love good time know photo "
    "picture video watch free https http com www "
    "그리고 하지만 그래서 오늘 내일 사진 영상 동영상 사람 우리 나는 너는 그냥 진짜 정말 좋은 있는 없는 이거"
)
STOP_WORDS = frozenset(EVERYDAY.split())


def checked_rules(text: str) -> tuple[str, ...]:
    """Return the rules typed with semicolons between; Misconfigured for one that asks for too much.

    Narrow is a rule of which every alternative holds a name, a hashtag, a phrase, an address, or a word
    that is no everyday one, and not only as what must be missing.
    """
    rules = tuple(dict.fromkeys(rule.strip() for rule in text.split(";") if rule.strip()))
    if not rules:
        raise Misconfigured("Option rules: type at least one rule, such as from:someone has:images")
    if len(rules) > MOST:
        raise Misconfigured(f"Option rules: type at most {MOST} rules")
    for number, rule in enumerate(rules, start=1):
        if len(rule) > LONGEST:
            raise Misconfigured(
                f"Option rules: rule {number} is longer than {LONGEST} letters. Cut it in two."
            )
        if not _is_narrow(TOKEN.findall(rule)):
            raise Misconfigured(
                f"Option rules: rule {number} would bring far too much, and each post costs. Add a name, "
                "a hashtag, a phrase in quotes or a rare word to each of its alternatives."
            )
    return rules


def _is_narrow(tokens: list[str]) -> bool:
    """Judge a rule: alternatives are joined by OR, which binds looser than what stands side by side."""
    alternatives, depth = [list[str]()], 0
    for token in tokens:
        depth += {"(": 1, "-(": 1, ")": -1}.get(token, 0)
        if token == "OR" and depth == 0:  # noqa: S105 - an operator
            alternatives.append([])
        else:
            alternatives[-1].append(token)
    return all(_has_narrow_part(part) for part in alternatives)


def _has_narrow_part(tokens: list[str]) -> bool:
    at = 0
    while at < len(tokens):
        if tokens[at] in ("(", "-("):
            end = _end_of_group(tokens, at)
            if tokens[at] == "(" and _is_narrow(tokens[at + 1 : end]):
                return True
            at = end + 1
        elif _is_narrow_term(tokens[at]):
            return True
        else:
            at += 1
    return False


def _end_of_group(tokens: list[str], at: int) -> int:
    depth = 0
    for place in range(at, len(tokens)):
        depth += {"(": 1, "-(": 1, ")": -1}.get(tokens[place], 0)
        if depth == 0:
            return place
    return len(tokens)


def _is_narrow_term(token: str) -> bool:
    if token.startswith("-") or WIDE.match(token) or token in ("OR", ")"):
        return False
    if token.lower().startswith(NARROW):
        return len(token.partition(":")[2].strip('"')) > 0
    words = token.strip('"').lower().split()
    if len(words) > 1:
        return not STOP_WORDS.issuperset(words)
    word = (words or [""])[0].lstrip("#@$")
    shortest = SHORTEST_WORD if word.isascii() else SHORTEST_WORD - 1
    return len(word) >= shortest and word not in STOP_WORDS
