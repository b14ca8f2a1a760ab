"""The removal request in Korean: 전기통신사업법 §22조의5 with 시행령 §30조의5, 성폭력방지법 §7조의3."""

from datetime import timedelta, timezone

from jikimi.model.case import Authority
from jikimi.model.notice import Role
from jikimi.removal.letter import BLOCK_BEGIN, BLOCK_END, Letter

_FAMILY = "본 센터는 법률이 정한 가족의 요청에 따라 삭제를 지원하고 있습니다."
_REMOVE = (
    "아래 정보를 지체 없이 삭제하거나 접속을 차단하여 주십시오. 같은 파일이나 그 복제물이 귀 서비스에 더 있으면\n"
    "함께 삭제하고, 다시 게시되지 않도록 조치하여 주십시오."
)

KOREAN = Letter(
    language="ko",
    name="Korean",
    subject="[삭제요청 {token}] 불법촬영물등 유통 신고 및 삭제 요청 ({ordinal}차)",
    body=f"""\
수신: {{recipient}}
발신: {{centre}}

불법촬영물등 유통 신고 및 삭제 요청 ({{ordinal}}차)

1. 요청 내용
{{asked}}

2. 대상 정보
게시물 주소: {{post}}
파일 주소: {{medium}}
파일의 해시값(SHA-256): {{digest}}
확인한 때: {{seen}}
유형: {{kind}}
위 주소는 실수로 열리지 않도록 일부러 고쳐 적었습니다(hxxp, [.]). 정확한 주소는 이 요청서 끝에 있습니다.

3. 근거
{{reason}}
{{authority}}

4. 진술
{{statement}}
{{signature}}

5. 증거와 보존
본 센터는 이 게시물에 대한 증거를 봉인하여 보관하고 있습니다.
증거 묶음: {{evidence}}
봉인값(SHA-256): {{manifest}}
수사에 필요할 수 있으므로 게시자 정보와 접속 기록을 보존하여 주십시오.
이 요청에는 이미지나 영상을 첨부하지 않습니다. 회신에도 첨부하지 마십시오.

6. 회신
처리 결과를 아래 연락처로 알려 주십시오. 삭제하지 않는 경우 그 사유를, 정해진 서식이 필요한 경우 그 사실을
알려 주십시오. 회신 제목에 [{{token}}]을 남겨 주십시오.
연락처: {{contact}}
이 요청의 내용을 게시자나 다른 사람에게 알리거나 공개하지 마십시오.

7. 정확한 주소
{BLOCK_BEGIN}
{{addresses}}
{BLOCK_END}
""",
    reminder="앞서 보낸 요청에 이은 {ordinal}차 요청입니다. 같은 정보가 아직 유통되고 있습니다.",
    back="같은 정보가 삭제된 것으로 확인된 뒤 다시 유통되고 있습니다.",
    escalation=(
        "본 센터는 {first_at}부터 다른 곳에 {elsewhere}차례 삭제를 요청하였으나 같은 정보가 아직 유통되고 있어\n"
        "귀 기관에 요청합니다."
    ),
    asked={
        Role.PLATFORM: _REMOVE,
        Role.HOST: f"{_REMOVE}\n귀사가 직접 삭제할 수 없으면 이용자가 지체 없이 삭제하도록 조치하여 주십시오.",
        Role.CDN: (
            "아래 정보의 전송을 중단하고 저장된 사본을 지워 주십시오. 원본이 저장된 호스팅 사업자를 본 센터에 알려\n"
            "주시고, 본 센터의 연락처는 사이트 운영자에게 전달하지 마십시오."
        ),
        Role.REGISTRAR: "아래 정보가 삭제되도록 귀사의 약관에 따라 도메인 등록자에게 조치하여 주십시오.",
        Role.NETWORK: "아래 정보가 삭제되도록 귀사의 약관에 따라 해당 호스팅 사업자에게 조치하여 주십시오.",
        Role.SEARCH: (
            "아래 주소와 그 미리보기를 검색 결과에서 지체 없이 삭제하고, 같은 파일이 다시 노출되지 않도록 조치하여\n"
            "주십시오."
        ),
        Role.REGULATOR: "아래 정보에 대하여 귀 기관의 권한에 따른 삭제 또는 접속차단 조치를 하여 주십시오.",
    },
    laws={
        "kr-22-5": (
            "「전기통신사업법」 제22조의5제1항 및 같은 법 시행령 제30조의5\n"
            "「성폭력방지 및 피해자보호 등에 관한 법률」 제7조의3"
        ),
        "policy": (
            "위 정보의 게시는 귀사의 약관과 운영 정책이 금지하는 행위입니다.\n"
            "대한민국에서는 「성폭력범죄의 처벌 등에 관한 특례법」 제14조와 제14조의2, 아동·청소년의 경우\n"
            "「아동·청소년의 성보호에 관한 법률」 제11조에 따라 처벌되는 행위입니다."
        ),
    },
    designation="본 센터는 위 시행령에 따라 지정된 신고·삭제요청 기관입니다({designation}).",
    statement=(
        "위 정보는 촬영대상자의 의사에 반하여 유통되고 있다고 믿을 상당한 이유가 있으며, 이 요청서의 내용은 본 센터가\n"
        "아는 한 정확하고 사실과 같습니다."
    ),
    signature="신고·요청인(전자서명을 갈음함): {centre}",
    adult=(
        "「성폭력범죄의 처벌 등에 관한 특례법」 제14조의 촬영물 또는 제14조의2의 편집물·합성물·가공물 "
        "(복제물 포함)"
    ),
    minor="「아동·청소년의 성보호에 관한 법률」 제2조제5호에 따른 아동·청소년성착취물",
    authority={
        Authority.VICTIM: "본 센터는 촬영대상자 본인의 요청에 따라 삭제를 지원하고 있습니다.",
        Authority.SPOUSE: _FAMILY,
        Authority.LINEAL_KIN: _FAMILY,
        Authority.SIBLING: _FAMILY,
        Authority.AGENT: "본 센터는 촬영대상자가 정한 대리인의 요청에 따라 삭제를 지원하고 있습니다.",
        Authority.EX_OFFICIO: "본 센터는 법률에 따라 별도의 요청 없이 삭제를 지원하고 있습니다.",
    },
    zone=timezone(timedelta(hours=9)),
    zone_name="한국 표준시",
)
