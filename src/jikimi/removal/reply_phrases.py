"""What abuse desks write, as patterns: one table per language, one row per meaning. Read in lower case.

The order of meanings is the order of judging: "cannot be removed" must be seen before "removed". The patterns
were written from how such desks answer, not from anybody's mail; a case worker may add a line.
"""

import re
from collections.abc import Mapping
from typing import Final

from jikimi.model.mail import Answer

_TABLE: Final[Mapping[Answer, tuple[str, ...]]] = {
    Answer.REFUSED: (
        (
            r"(?:can ?not|can't|could not|unable to|not able to|will not|won't|decline to) (?:\w+ ){0,3}"
            r"(?:remove|delete|take (?:it|this|them|the \w+) down|take down|disable|act|process|comply)"
        ),
        r"(?:has|have|was|were|is|are)(?: not|n't) (?:been )?(?:removed|deleted|taken down|disabled)",
        r"(?:does|do|did)(?: not|n't) (?:violate|breach|find|meet|fall|constitute|appear to violate)",
        (
            r"(?:request|report|notice|complaint)s? (?:is|was|has been|have been|were|are) "
            r"(?:rejected|denied|declined|refused)"
        ),
        r"not (?:responsible for|hosted (?:by|with|on)|in violation|our customer|under our control)",
        r"no violation",
        r"삭제(?:가|는|를|할 수|하기)? ?(?:어렵|불가|없습니다|않)",
        r"(?:삭제|조치|처리)(?:를|가|는)? ?(?:할 수 없|불가능|거부|거절|해 ?드릴 수 없|하기 어렵)",
        r"(?:반려|거절|기각)(?:되|하|합|됨|처리)",
        r"위반(?:에|으로|사항이|하지)? ?(?:해당하지 않|보기 어렵|확인되지 않|없|않)",
        r"해당(?:되지|하지) 않",
        r"削除(?:でき(?:ません|かねます)|いたしかねます|は行いません|の対象外)",
        r"(?:无法|不能|拒绝|不予)(?:删除|移除|处理)|(?:無法|不能|拒絕|不予)(?:刪除|移除|處理)",
    ),
    Answer.NEEDS_FORM: (
        (
            r"(?:please |must |should |need to |required to )(?:\w+ ){0,4}(?:use|fill|complete|submit|visit)"
            r" (?:\w+ ){0,5}(?:form|portal|page|link|website)"
        ),
        r"(?:web ?form|online form|abuse form|report(?:ing)? form|reporting portal)",
        r"(?:more|additional|further) (?:information|details|evidence|documentation)",
        (
            r"(?:provide|send|include|supply|attach) (?:us )?(?:\w+ ){0,4}"
            r"(?:proof|identification|id|urls?|links?|signature|power of attorney|authori[sz]ation)"
        ),
        (
            r"(?:신청서|신고서|양식|서식|위임장|신분증|증빙|소명자료|추가 ?자료)(?:를|을|이|가|에|로|의)? ?"
            r".{0,12}?(?:작성|제출|첨부|필요|보내|기재|접수|보완)"
        ),
        r"(?:신고|고객) ?센터.{0,20}?(?:접수|이용|신고)해 ?주",
        r"(?:フォーム|専用ページ).{0,12}?(?:から|より|ご利用|ご記入)",
        r"(?:表单|表單|表格).{0,8}?(?:提交|填写|填寫)",
    ),
    Answer.PARTLY: (
        (
            r"(?:some|part|parts|several|most) of (?:\w+ ){1,4}(?:has|have|was|were) (?:now |already )?"
            r"(?:been )?(?:removed|deleted|taken down|disabled)"
        ),
        r"(?:removed|deleted|taken down|disabled) (?:only )?(?:some|part|parts|several|most) of",
        r"partial(?:ly)? (?:removed|deleted|taken down|disabled|removal)",
        r"일부(?:만|는|를|가)? ?.{0,12}?(?:삭제|차단|비공개)(?:를|가)? ?(?:완료|하였|했|되었|됐|처리|조치)",
        r"一部(?:のみ|を|は).{0,6}削除(?:いたしました|しました|済み)",
        r"部分.{0,6}已(?:经|經)?(?:被)?(?:删除|刪除|移除|下架)",
    ),
    Answer.REMOVED: (
        r"(?:has|have) (?:now |already |since )?been (?:\w+ )?(?:removed|deleted|taken down|disabled)",
        r"(?:has|have) (?:now |already |since )?been (?:\w+ )?(?:suspended|terminated)",
        r"(?:was|were|is|are) (?:now |already )?(?:removed|deleted|taken down|disabled)",
        r"(?:we|i)(?:'ve| have)? (?:now |already )?(?:removed|deleted|taken (?:\w+ ){0,3}down|disabled)",
        r"no longer (?:available|accessible|online)",
        r"삭제(?:를|가)? ?(?:완료|하였|했|되었|됐|처리(?:하였|했|되었|완료)|조치(?:하였|했|되었|완료))",
        r"(?:차단|비공개|게시 ?중단|임시 ?조치)(?:를|가|로)? ?(?:완료|하였|했|되었|됐|처리|조치)",
        r"削除(?:いたしました|しました|致しました|済み|が完了)",
        r"已(?:经|經)?(?:被)?(?:删除|刪除|移除|下架)",
    ),
    Answer.ACKNOWLEDGED: (
        r"(?:have|has been|was|were|we) (?:\w+ )?received",
        r"thank(?:s| you) for (?:\w+ ){0,2}(?:report|contact|email|e-mail|message|notif|submi|reach|bring)",
        r"(?:ticket|case|reference|request) (?:number|id|no\.?|#)",
        r"(?:will|are|is|be) (?:\w+ )?(?:review|investigat|look into|process|respond|be in touch|get back)",
        r"forwarded (?:\w+ ){0,4}(?:to|on)",
        r"(?:접수|수신|확인)(?:가|이|를|을)? ?(?:되었|됐|하였|했|완료|중)",
        r"(?:검토|처리|조치|삭제) ?(?:중|예정|하겠|할 예정|후)",
        r"문의(?:해|를|하)? ?주셔서",
        r"(?:受け付け|受付|拝受|確認)(?:ました|いたしました|中)",
        r"(?:已收到|收到您|正在处理|正在處理|我们会|我們會)",
    ),
}

PHRASES: Final[Mapping[Answer, re.Pattern[str]]] = {
    answer: re.compile("|".join(rows)) for answer, rows in _TABLE.items()
}

# Where an answer ends and what it quotes begins, in the words of common mail programs.
QUOTES: Final = re.compile(
    r"(?im)^\s*(?:"
    r">|-{2,}\s*(?:original message|forwarded message|원본 메시지|원본 메일|original)\s*-{2,}|"
    r"on .{4,120} wrote:|.{2,120}님이 작성:|.{2,120}에 .{2,80}(?:작성|보냄)\s*:|"
    r"보낸 ?사람\s*:|from:\s.+|差出人\s*:|发件人\s*[::]|寄件者\s*[::]"
    r").*$"
)
