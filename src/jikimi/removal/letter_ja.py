"""The removal request in Japanese, on the provider's own rules."""

from datetime import timedelta, timezone

from jikimi.model.case import Authority
from jikimi.model.notice import Role
from jikimi.removal.letter import BLOCK_BEGIN, BLOCK_END, Letter

_FAMILY = "当センターの権限: 被写体のために行動できると法律で定められた家族から依頼を受けました。"
_REMOVE = (
    "下記の画像等を速やかに削除するか、閲覧できないようにしてください。同一の複製が他にもある場合は併せて削除し、\n"
    "再び投稿されないようにしてください。"
)

JAPANESE = Letter(
    language="ja",
    name="Japanese",
    subject="[削除依頼 {token}] 同意なく公開された性的画像の削除のお願い(第{ordinal}回)",
    body=f"""\
宛先: {{recipient}}
差出人: {{centre}}

同意なく公開された性的画像の削除依頼(第{{ordinal}}回)

1. お願いの内容
{{asked}}

2. 対象の所在
投稿: {{post}}
ファイル: {{medium}}
ファイルのSHA-256: {{digest}}
確認日時: {{seen}}
種別: {{kind}}
上のURLは、誤って開かれないように書き換えてあります(hxxp、[.])。正確なURLは末尾にあります。

3. 理由
{{reason}}
{{authority}}

4. 陳述
{{statement}}
{{signature}}

5. 証拠と保全
当センターは、この投稿に関する証拠を封印して保管しています。
証拠一式: {{evidence}}
封印値(SHA-256): {{manifest}}
捜査に必要となることがありますので、投稿者の情報とアクセス記録を保全してください。
画像や動画は添付していません。ご回答にも添付しないでください。

6. ご回答
対応の結果を、削除しない場合はその理由を、下記の連絡先までお知らせください。件名には[{{token}}]を残してください。
連絡先: {{contact}}
この依頼の内容を投稿者や第三者に知らせたり、公開したりしないでください。

7. 正確なURL
{BLOCK_BEGIN}
{{addresses}}
{BLOCK_END}
""",
    reminder="同じ画像についての第{ordinal}回の依頼です。現在も公開されています。",
    back="この画像は一度削除されましたが、再び公開されています。",
    escalation=(
        "これまでに他の事業者などへ削除を依頼しましたが({elsewhere}回、最初は{first_at})、現在も公開されて\n"
        "いるため、貴社にお願いいたします。"
    ),
    asked={
        Role.PLATFORM: _REMOVE,
        Role.HOST: f"{_REMOVE}\n貴社で削除できない場合は、速やかに削除するよう契約者に対応させてください。",
        Role.CDN: (
            "下記の画像等の配信を止め、キャッシュを消去し、ホスティング事業者をお知らせください。\n"
            "当センターの連絡先をサイト運営者に伝えないでください。"
        ),
        Role.REGISTRAR: "下記の画像等が削除されるよう、貴社の規約に基づいてドメイン登録者に対応してください。",
        Role.NETWORK: "下記の画像等が削除されるよう、貴社の規約に基づいてホスティング事業者に対応してください。",
        Role.SEARCH: "下記のURLとそのプレビューを速やかに検索結果から削除し、同一の画像が再び表示されないようにしてください。",
        Role.REGULATOR: "下記の画像等について、貴機関の権限に基づく措置をお願いいたします。",
    },
    laws={
        "policy": (
            "同意なく公開された性的な画像と、児童を性的に搾取するあらゆる画像は、貴社の規約や方針で禁止されています。\n"
            "大韓民国では、これを公開する行為は犯罪です(性暴力犯罪の処罰等に関する特例法第14条・第14条の2、\n"
            "児童・青少年については児童・青少年の性保護に関する法律第11条)。"
        ),
    },
    designation="",
    statement=(
        "当センターは、この画像等が、特定可能な被写体本人の同意なく公開されたものと誠実に信じています。本書の内容は、\n"
        "当センターの知る限り正確かつ完全です。"
    ),
    signature="電子署名に代えて(被写体のために行動する権限を有する団体): {centre}",
    adult="特定可能な成人の性的な画像等(実写、または合成・加工されたもの)",
    minor="児童の性的虐待・搾取にあたる画像等(被写体は未成年者)",
    authority={
        Authority.VICTIM: "当センターの権限: 被写体本人から依頼を受けました。",
        Authority.SPOUSE: _FAMILY,
        Authority.LINEAL_KIN: _FAMILY,
        Authority.SIBLING: _FAMILY,
        Authority.AGENT: "当センターの権限: 被写体本人が定めた代理人から依頼を受けました。",
        Authority.EX_OFFICIO: "当センターの権限: 韓国の法律により、依頼がなくても削除を求める義務があります。",
    },
    zone=timezone(timedelta(hours=9)),
    zone_name="日本標準時",
)
