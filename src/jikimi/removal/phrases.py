"""What pages say in Korean and English instead of a post: removed, sign in, not here, are you human, closed."""
# ruff: noqa: E501  # a table of patterns

import re
from enum import StrEnum
from typing import Final


class Says(StrEnum):
    """What a page's words mean for a re-check."""

    GONE = "gone"
    LOGIN = "login"
    NOT_HERE = "not here"  # this country, or by order of an authority
    CHALLENGE = "challenge"
    CLOSED = "closed"  # the whole site: maintenance, parked, too busy


_POST = r"(?:게시물|게시글|게시판|글|페이지|문서|자료|이미지|사진|영상|동영상|비디오|콘텐츠|컨텐츠|파일|항목|앨범|링크|채널|계정)"
_THING = (
    r"(?:post|page|thread|topic|image|photo|picture|video|clip|content|file|album|gallery|item|link|article|entry|"
    r"tweet|status|media|attachment|submission|upload|channel|account|user|url|address|message)"
)
_COMMENT = r"(?!\s*(?:댓글|덧글|답글|comment|reply))"

WORDS: Final[dict[Says, tuple[str, ...]]] = {
    Says.CHALLENGE: (
        r"just a moment",
        r"checking (?:your browser|if the site connection is secure)",
        r"verify(?:ing)? (?:that )?you are (?:a )?human",
        r"are you (?:a )?(?:human|robot)",
        r"(?:complete|solve) the (?:captcha|security check|puzzle)",
        r"unusual traffic from your",
        r"enable javascript and cookies to continue",
        r"ddos[- ]protection",
        r"사람인지 (?:여부를 )?확인",
        r"로봇이 아닙니다",
        r"자동\s*(?:등록|입력|가입)?\s*방지 (?:문자|숫자|코드)를? 입력",
        r"보안\s?문자를? 입력",
        r"잠시만 기다리(?:십시오|세요|시면)",
        r"비정상적인 (?:접근|트래픽|접속|요청)",
    ),
    Says.NOT_HERE: (
        r"(?:not|n't|un)\s?available (?:in|to (?:users|visitors) in|from) your (?:country|region|location|area)",
        r"(?:blocked|restricted|withheld|removed|disabled) in (?:your|this|the following) (?:country|region|countr)",
        r"banned the country or region",
        r"(?:your|this) (?:country|region|location) (?:is|has been) (?:blocked|not (?:allowed|supported))",
        r"unavailable (?:for|due to) legal reasons",
        r"error (?:code:? )?1009",
        r"불법[·ㆍ・]?\s?유해\s?(?:정보|사이트)[^.]{0,20}차단",
        r"(?:해당|이) (?:정보|사이트)[^.]{0,25}접속이 차단",
        r"방송(?:미디어)?통신심의위원회[^.]{0,40}(?:차단|접속)",
        r"(?:회원님의|귀하의|현재|해당|거주) ?(?:국가|지역)(?:에서는?|에는)[^.]{0,25}(?:없습니다|제한|않습니다|불가)",
        r"(?:대한민국|한국|국내)(?:에서는?)[^.]{0,25}(?:수 없습니다|제한|차단|불가)",
        r"해외(?:에서는?| ?ip)[^.]{0,25}(?:수 없습니다|제한|차단)",
    ),
    Says.CLOSED: (
        r"(?:under|scheduled|down for|undergoing)\s+(?:\w+\s+)?maintenance",
        r"(?:we(?:'|’)ll|will) be (?:right )?back (?:soon|shortly)",
        r"temporarily (?:unavailable|down|offline|out of service)",
        r"(?:service|server) (?:is )?(?:unavailable|overloaded|too busy)",
        r"too many requests|rate limit(?:ed)? exceeded|slow down",
        r"domain (?:is|may be) for sale|buy this domain|domain (?:has )?expired|parked (?:free|domain)",
        r"(?:서비스|서버|시스템|사이트|정기|긴급|임시)\s?(?:를|가)?\s?(?:정기|긴급|임시)?\s?점검",
        r"점검\s?(?:중|시간|작업)",
        r"일시적(?:으로|인)[^.]{0,20}(?:오류|장애|중단|이용할 수 없|원활하지)",
        r"접속자가? (?:많|폭주)|이용자가 많아",
        r"(?:너무 많은|과도한) 요청",
        r"트래픽(?:이|을)? (?:초과|허용량)",
    ),
    Says.LOGIN: (
        r"(?:must|need to|have to|please) (?:be )?(?:log(?:ged)? ?in|sign(?:ed)? ?in)",
        r"(?:log ?in|sign ?in|register|sign up|join)(?: or \w+(?: \w+)?)? to (?:view|see|continue|access|watch|read)",
        r"(?:this|these) (?:account|profile|post|album|video|page|thread|content|community|channel)s? (?:is|are) (?:private|protected|members[- ]only|restricted to)",
        r"(?:only|available to) (?:registered |logged[- ]in |confirmed )?(?:members|users|followers|friends|subscribers)",
        r"(?:confirm|verify) (?:that )?you(?:r age| are (?:over |at least )?(?:18|19|of legal age))",
        r"age[- ](?:restricted|verification|gate)",
        r"로그인\s?(?:후|을 하셔야|하셔야|해야|해 주|해주|이 필요|하시기)",
        r"로그인이? ?필요(?:합니다|한)",
        r"회원(?:만|에게만|님만|\s?전용|\s?공개)",
        r"(?:읽을|볼|열람|접근)\s?(?:수 있는 )?권한이 없",
        r"권한이 (?:없|부족)",
        r"(?:성인|본인|실명|연령)\s?인증(?:이|을|후| 후)",
        r"(?:비공개|비밀|보호된|보호되어 있는|친구 공개|이웃 공개|팔로워)[^.]{0,8}(?:글|게시물|게시글|계정|앨범|영상|사진)",
        r"등급(?:이|을) (?:낮|올리|충족)",
    ),
    Says.GONE: (
        rf"{_THING}s?(?:\s+\w+){{0,6}}?\s+(?:has|have|had|was|were|is|been)\s+(?:\w+\s+){{0,2}}?(?:removed|deleted|taken down|expired|suspended|terminated|gone|disabled|erased|withdrawn|closed)",
        rf"(?:removed|deleted|expired|missing|unavailable|nonexistent) {_THING}\b",
        rf"(?:{_THING}|it|nothing)s?(?:\s+\w+){{0,5}}?\s+(?:can(?:no|')?t|could not|couldn't|was not|not|cannot) be found",
        rf"(?:can'?t|couldn'?t|could not|cannot|unable to) (?:find|locate)(?:\s+\w+){{0,4}}?\s+{_THING}",
        rf"{_THING}s?(?:\s+\w+){{0,6}}? (?:not found|doesn'?t exist|does not exist|no longer exists?|never existed)",
        r"no longer (?:available|exists?|here|online)",
        rf"(?:sorry,? )?(?:this|that|the) {_THING}(?:\s+\w+){{0,3}}? (?:isn'?t|is not|is no longer|is un) ?available",
        r"page not found|not found|error 404|\b404\b.{0,20}(?:error|nothing|found|page)|nothing (?:was )?(?:found|here|to see)",
        r"(?:removed|deleted) by (?:its|the|their|a|an) (?:author|uploader|user|owner|moderator|admin\w*|poster)",
        r"(?:taken down|removed) (?:in response|due|following|because|at the request)",
        rf"삭제\s?(?:된|되어진|처리된|했거나|되었거나|됐거나)[^.。]{{0,25}}?{_POST}",
        rf"{_POST}(?:이|가|은|는|을|를|에 대한)?[^.。]{{0,25}}?(?:삭제\s?(?:되었|됐|된|처리|했거나)|존재하지 않|찾을 수 없|없는 {_POST}|없습니다|사라졌|만료)",
        rf"(?:존재하지 않는|존재하지않는|없는|찾을 수 없는|잘못된|만료된|사라진) {_POST}",
        r"(?:임시조치|블라인드|게시\s?중단|게시가 중단|접근이 (?:제한|차단)된|열람이 제한된|이용(?:이 )?제한된|숨김 처리된|가려진)[^.。]{0,20}",
        r"대상을 찾을 수 없|요청하신 [^.。]{0,20}(?:찾을 수|없|존재)",
        r"(?:정지|탈퇴)(?:된|한) (?:계정|회원|사용자|이용자)|계정이 (?:정지|삭제|해지)",
    ),
}  # fmt: skip
"""Regular expressions over text in lower case; the first kind that is found counts, in this order."""

_KINDS = {
    kind: re.compile("|".join(f"(?:{one}){_COMMENT}" for one in lines)) for kind, lines in WORDS.items()
}
_COMMENTS = re.compile(
    r"(?:삭제된|작성자가 삭제한|관리자가 삭제한|비공개|블라인드(?: 처리)?된) ?(?:댓글|덧글|답글)\S*"
    r"|(?:this |a )?(?:comment|reply) (?:has been|was|is) (?:deleted|removed|hidden|unavailable)(?: by \w+(?: \w+)?)?"
    r"|\[(?:deleted|removed|삭제됨)\]"
)


def said(text: str) -> Says | None:
    """Return what a page's words mean, None where they say nothing of the kind. Removed comments do not count."""
    plain = _COMMENTS.sub(" ", " ".join(text.lower().replace("’", "'").split()))
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(plain)), None)


def says(text: str, kind: Says) -> bool:
    """Tell whether a page's words say this, whatever else they say."""
    plain = _COMMENTS.sub(" ", " ".join(text.lower().replace("’", "'").split()))
    return _KINDS[kind].search(plain) is not None
