"""The removal request in Chinese in traditional characters, on the provider's own rules."""

from datetime import timedelta, timezone

from jikimi.model.case import Authority
from jikimi.model.notice import Role
from jikimi.removal.letter import BLOCK_BEGIN, BLOCK_END, Letter

_FAMILY = "我們的權限: 依法得代表當事人的家屬請求我們要求移除。"
_REMOVE = "請儘速移除下列內容或停止其瀏覽。若貴方另存有相同的複本,請一併移除,並防止再次上傳。"

CHINESE_TRADITIONAL = Letter(
    language="zh-Hant",
    name="Chinese (traditional)",
    subject="[移除請求 {token}] 未經同意散布的私密影像(第{ordinal}次)",
    body=f"""\
收件人: {{recipient}}
寄件人: {{centre}}

請求移除未經同意散布的私密影像(第{{ordinal}}次)

1. 請求事項
{{asked}}

2. 所在位置
貼文: {{post}}
檔案: {{medium}}
檔案的SHA-256: {{digest}}
確認時間: {{seen}}
類型: {{kind}}
以上網址已經改寫(hxxp、[.]),以免誤點開啟。正確網址列於文末。

3. 理由
{{reason}}
{{authority}}

4. 聲明
{{statement}}
{{signature}}

5. 證據與保全
本中心已將該貼文的證據封存保管。
證據包: {{evidence}}
封存值(SHA-256): {{manifest}}
警方可能需要,請保全發布者資料與存取紀錄。
本請求不附任何圖片或影片,回覆時也請勿附上。

6. 回覆
請將處理結果告知下列聯絡方式;若不移除,請說明理由。請在郵件主旨中保留[{{token}}]。
聯絡方式: {{contact}}
請勿將本請求的內容告知發布者或他人,也請勿公開。

7. 正確網址
{BLOCK_BEGIN}
{{addresses}}
{BLOCK_END}
""",
    reminder="這是就同一內容提出的第{ordinal}次請求。該內容目前仍可瀏覽。",
    back="該內容曾被移除,現在又可瀏覽。",
    escalation="我們先前已向其他單位請求移除(共{elsewhere}次,首次為{first_at}),但該內容目前仍可瀏覽,因此向貴方提出請求。",
    asked={
        Role.PLATFORM: _REMOVE,
        Role.HOST: f"{_REMOVE}\n若貴方無法自行移除,請要求客戶儘速移除。",
        Role.CDN: (
            "請停止傳送下列內容,清除快取複本,並告知其主機代管業者。\n請勿將我們的聯絡方式轉交網站經營者。"
        ),
        Role.REGISTRAR: "請依貴方條款要求網域持有人採取措施,使下列內容得以移除。",
        Role.NETWORK: "請依貴方條款要求主機代管業者採取措施,使下列內容得以移除。",
        Role.SEARCH: "請儘速自搜尋結果移除下列網址及其預覽,並防止相同圖片再次出現。",
        Role.REGULATOR: "請貴機關依職權對下列內容採取措施。",
    },
    laws={
        "policy": (
            "貴方的條款與政策禁止未經同意散布的私密影像,並禁止一切剝削兒童的內容。\n"
            "在大韓民國,散布此類內容屬於犯罪(《性暴力犯罪處罰特例法》第14條、第14條之2;涉及未成年人者,\n"
            "《兒童、青少年性保護法》第11條)。"
        ),
    },
    designation="",
    statement="我們善意相信,上述內容是在未經可辨識的當事人同意的情況下散布的。就我們所知,本請求的內容正確、完整。",
    signature="以電子方式簽署(獲授權代表當事人行事的機構): {centre}",
    adult="可辨識的成年人的私密影像(真實拍攝,或合成、偽造)",
    minor="兒童性虐待內容(當事人為未成年人)",
    authority={
        Authority.VICTIM: "我們的權限: 當事人本人請求我們要求移除。",
        Authority.SPOUSE: _FAMILY,
        Authority.LINEAL_KIN: _FAMILY,
        Authority.SIBLING: _FAMILY,
        Authority.AGENT: "我們的權限: 當事人指定的代理人請求我們要求移除。",
        Authority.EX_OFFICIO: "我們的權限: 韓國法律規定,我們無須當事人請求即應要求移除。",
    },
    zone=timezone(timedelta(hours=8)),
    zone_name="UTC+8",
)
