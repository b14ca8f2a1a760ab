"""Makes up what cases are known by, and ordinary sentences to put it in. Nobody real; version 1."""

import random
from collections.abc import Sequence
from pathlib import Path

FAMILY = "김이박최정강조윤장임한오서신권황안송류홍고문양손배백허남심노하곽성차주우구민유"
GIVEN = (
    "민서준하윤지우연수현진영은재호원경아주혜정희선미나라도태승규빈솔찬별봄결온담율채린다예슬기훈석철광범상욱"
)
NICK = [
    "달빛",
    "토끼",
    "바람",
    "구름",
    "여우",
    "고래",
    "단풍",
    "호수",
    "밤톨",
    "꿀벌",
    "은하",
    "모래",
    "파도",
    "안개",
    "새벽",
    "나룻배",
    "다람쥐",
    "반딧불",
    "솜사탕",
    "물방울",
]
SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ra",
    "to",
    "ne",
    "su",
    "vi",
    "da",
    "ro",
    "po",
    "ti",
    "ma",
    "no",
    "le",
    "zu",
    "be",
    "ko",
    "fi",
    "sa",
]
ENGLISH = (
    ["Arden", "Belmore", "Corwin", "Dalton", "Elford", "Farley", "Granger", "Halden", "Ivers", "Keaton"],
    ["Alba", "Brisa", "Calla", "Delia", "Edda", "Fenna", "Greta", "Hilda", "Ilsa", "Jorun"],
)
RUSSIAN = (
    [
        "Берёзов",
        "Ветров",
        "Громов",
        "Дубов",
        "Журавлёв",
        "Зимин",
        "Калинин",
        "Лугов",
        "Мельников",
        "Орешкин",
        "Полянский",
        "Рябинин",
        "Чернов",
        "Шишкин",
        "Щукин",
    ],
    [
        "Анна",
        "Борис",
        "Вера",
        "Галина",
        "Дмитрий",
        "Евгения",
        "Жанна",
        "Захар",
        "Ирина",
        "Кирилл",
        "Лидия",
        "Юлия",
        "Яков",
        "Фёдор",
        "Эмма",
    ],
)
CHINESE = ("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑", "小明华丽秀英伟芳娜敏静强磊洋艳勇军杰涛超梅兰竹国龙")
JAPANESE = (
    [
        "たなか",
        "やまだ",
        "さとう",
        "すずき",
        "たかはし",
        "いとう",
        "なかむら",
        "こばやし",
        "よしだ",
        "ささき",
    ],
    ["はなこ", "たろう", "さくら", "ひろし", "みどり", "けんじ", "あかね", "しょうた", "ゆうき", "なつみ"],
)
VIETNAMESE = (
    ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ"],
    ["Thị Hoa", "Văn Minh", "Ngọc Lan", "Đức Anh", "Thu Hà", "Quang Huy", "Mỹ Linh"],
)
SPANISH = (
    ["García", "Núñez", "Peña", "Muñoz", "Ibáñez", "Órdenes", "Suárez"],
    ["José", "Íñigo", "Begoña", "Ángel", "Sofía", "Raúl", "Lucía"],
)
KANJI = (
    ["田中", "山田", "佐藤", "鈴木", "高橋", "伊藤", "中村", "小林", "吉田", "渡辺", "沢田", "桜井"],
    ["花子", "太郎", "美咲", "健太", "陽子", "広志", "恵", "真一"],
)
SUBJECTS = [
    "오늘은",
    "어제는",
    "우리는",
    "친구와",
    "동생이",
    "주말에",
    "아침에",
    "저녁에",
    "학교에서",
    "회사에서",
    "공원에서",
    "시장에서",
]
OBJECTS = [
    "책을",
    "밥을",
    "사과를",
    "노래를",
    "영화를",
    "사진을",
    "편지를",
    "자전거를",
    "커피를",
    "숙제를",
    "그림을",
    "우산을",
]
VERBS = [
    "읽었어요",
    "먹었습니다",
    "샀다",
    "들었어",
    "봤는데",
    "좋았다",
    "찍었네요",
    "썼습니다",
    "탔어요",
    "마셨다",
    "끝냈어",
    "그렸습니다",
    "잃어버렸다",
]
EXTRA = ["정말", "조금", "많이", "다시", "천천히", "갑자기", "혼자", "같이", "즐겁게", "열심히"]


def korean_names(count: int, seed: int) -> list[str]:
    """Return different names of three syllables."""
    made = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        a, b = made.choice(GIVEN), made.choice(GIVEN)
        if a != b:
            found[made.choice(FAMILY) + a + b] = None
    return list(found)


def nicknames(count: int, seed: int) -> list[str]:
    """Return made-up nicknames of four to seven syllables."""
    made = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        name = "".join(made.sample(NICK, 2)) + made.choice(["", "이", "짱", "둥이", made.choice(GIVEN)])
        if 4 <= len(name) <= 7:
            found[name] = None
    return list(found)


def handles(count: int, seed: int) -> list[str]:
    """Return made-up handles of seven letters and more, some with digits and underscores."""
    made = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        name = "".join(made.choice(SYLLABLES) for _ in range(made.randint(3, 5)))
        if made.random() < 0.3:
            name = name[:4] + "_" + name[4:]
        name += made.choice(["", str(made.randint(10, 9999))])
        if len(name) >= 7:
            found[name] = None
    return list(found)


def phones(count: int, seed: int) -> list[str]:
    """Return made-up numbers in a block that is not given out (010-0xxx)."""
    made = random.Random(seed)
    return list(dict.fromkeys(f"0100{made.randint(0, 9_999_999):07d}" for _ in range(count)))


def schools(count: int, seed: int) -> list[str]:
    """Return made-up schools."""
    made = random.Random(seed)
    kinds = ["고등학교", "중학교", "여자고등학교", "초등학교"]
    return list(
        dict.fromkeys(
            made.choice(NICK) + made.choice(GIVEN) + made.choice(GIVEN) + made.choice(kinds)
            for _ in range(count)
        )
    )


def titles(count: int, seed: int) -> list[str]:
    """Return made-up titles of three to five words."""
    made = random.Random(seed)
    return list(
        dict.fromkeys(
            " ".join(
                [
                    made.choice(NICK) + made.choice(GIVEN),
                    made.choice(OBJECTS),
                    made.choice(NICK) + "의",
                    made.choice(NICK) + made.choice(GIVEN),
                ]
            )
            for _ in range(count)
        )
    )


def names_of(language: str, count: int, seed: int) -> list[str]:
    """Return made-up names in another language."""
    made = random.Random(seed)
    if language == "zh":
        return [made.choice(CHINESE[0]) + "".join(made.sample(CHINESE[1], 2)) for _ in range(count)]
    family, given = {
        "ru": RUSSIAN, "ja kana": JAPANESE, "ja kanji": KANJI, "vi": VIETNAMESE, "es": SPANISH, "en": ENGLISH,
    }[language]  # fmt: skip
    glue = "" if language == "ja kanji" else " "
    last_first = language in {"ja kana", "ja kanji", "vi"}
    pairs = [(made.choice(family), made.choice(given)) for _ in range(count)]
    return [f"{f}{glue}{g}" if last_first else f"{g}{glue}{f}" for f, g in pairs]


def sentence(made: random.Random, words: int = 6) -> str:
    """Return one ordinary sentence."""
    middle = [made.choice(made.choice([SUBJECTS, OBJECTS, EXTRA])) for _ in range(max(0, words - 2))]
    return " ".join([made.choice(SUBJECTS), *middle, made.choice(VERBS)])


def read_lines(folder: Path | None) -> list[str]:
    """Return every different line of the .txt files of a folder, in a fixed order."""
    if folder is None:
        return []
    lines = [
        line
        for file in sorted(folder.glob("*.txt"))
        for line in file.read_text(errors="replace").splitlines()
    ]
    return list(dict.fromkeys(line for line in lines if len(line.strip()) > 1))


def captions(count: int, pool: Sequence[str], seed: int) -> list[tuple[tuple[int, int], str]]:
    """Return captions in four buckets of length, put together from sentences."""
    made = random.Random(seed)
    buckets = ((20, 40), (40, 80), (80, 150), (150, 300))
    found: dict[str, tuple[int, int]] = {}
    while len(found) < count:
        low, high = buckets[len(found) % 4]
        text = ""
        while len(text) < low:
            text = f"{text} {made.choice(pool) if pool else sentence(made, made.randint(4, 9))}".strip()
        found[text[:high]] = (low, high)
    return [(bucket, text) for text, bucket in found.items()]
