"""The removal request in Chinese in simplified characters, on the provider's own rules."""

from datetime import timedelta, timezone

from jikimi.model.case import Authority
from jikimi.model.notice import Role
from jikimi.removal.letter import BLOCK_BEGIN, BLOCK_END, Letter

_FAMILY = "我们的权限: 依法有权代表当事人的家属请求我们要求删除。"
_REMOVE = "请尽快删除以下内容或停止其访问。如贵方还存有相同的副本,请一并删除,并防止再次上传。"

CHINESE_SIMPLIFIED = Letter(
    language="zh-Hans",
    name="Chinese (simplified)",
    subject="[删除请求 {token}] 未经同意发布的私密影像(第{ordinal}次)",
    body=f"""\
收件方: {{recipient}}
发件方: {{centre}}

关于删除未经同意发布的私密影像的请求(第{{ordinal}}次)

1. 请求事项
{{asked}}

2. 所在位置
帖子: {{post}}
文件: {{medium}}
文件的SHA-256: {{digest}}
确认时间: {{seen}}
类型: {{kind}}
以上网址已作改写(hxxp、[.]),以免被误点开。准确网址列于文末。

3. 理由
{{reason}}
{{authority}}

4. 声明
{{statement}}
{{signature}}

5. 证据与保全
本中心已将该帖子的证据封存保管。
证据包: {{evidence}}
封存值(SHA-256): {{manifest}}
警方可能需要,请保全发布者信息和访问记录。
本请求不附任何图片或视频,答复时也请勿附上。

6. 答复
请将处理结果告知以下联系方式;如不删除,请说明理由。请在邮件主题中保留[{{token}}]。
联系方式: {{contact}}
请勿将本请求的内容告知发布者或他人,也请勿公开。

7. 准确网址
{BLOCK_BEGIN}
{{addresses}}
{BLOCK_END}
""",
    reminder="这是就同一内容提出的第{ordinal}次请求。该内容目前仍可访问。",
    back="该内容曾被删除,现在又可以访问。",
    escalation="我们此前已向其他方请求删除(共{elsewhere}次,首次为{first_at}),但该内容目前仍可访问,因此向贵方提出请求。",
    asked={
        Role.PLATFORM: _REMOVE,
        Role.HOST: f"{_REMOVE}\n如贵方无法自行删除,请责成客户尽快删除。",
        Role.CDN: (
            "请停止分发以下内容,清除缓存副本,并告知其托管服务商。\n请勿将我们的联系方式转交网站运营者。"
        ),
        Role.REGISTRAR: "请依据贵方条款要求域名持有人采取措施,使以下内容得到删除。",
        Role.NETWORK: "请依据贵方条款要求托管服务商采取措施,使以下内容得到删除。",
        Role.SEARCH: "请尽快从搜索结果中删除以下网址及其预览,并防止相同图片再次出现。",
        Role.REGULATOR: "请贵机关依职权对以下内容采取措施。",
    },
    laws={
        "policy": (
            "贵方的条款和政策禁止未经同意发布的私密影像,并禁止一切剥削儿童的内容。\n"
            "在大韩民国,发布此类内容属于犯罪(《性暴力犯罪处罚特例法》第14条、第14条之2;涉及未成年人的,\n"
            "《儿童、青少年性保护法》第11条)。"
        ),
    },
    designation="",
    statement="我们善意相信,上述内容是在未经可辨识的当事人同意的情况下发布的。就我们所知,本请求的内容准确、完整。",
    signature="以电子方式签署(获授权代表当事人行事的机构): {centre}",
    adult="可辨识的成年人的私密影像(真实拍摄,或合成、伪造)",
    minor="儿童性虐待内容(当事人为未成年人)",
    authority={
        Authority.VICTIM: "我们的权限: 当事人本人请求我们要求删除。",
        Authority.SPOUSE: _FAMILY,
        Authority.LINEAL_KIN: _FAMILY,
        Authority.SIBLING: _FAMILY,
        Authority.AGENT: "我们的权限: 当事人指定的代理人请求我们要求删除。",
        Authority.EX_OFFICIO: "我们的权限: 韩国法律规定,我们无需当事人请求即应要求删除。",
    },
    zone=timezone(timedelta(hours=8)),
    zone_name="北京时间",
)
