"""The removal request in English: the one language that has a legal paragraph for every regime."""

from datetime import UTC

from jikimi.model.case import Authority
from jikimi.model.notice import Role
from jikimi.removal.letter import BLOCK_BEGIN, BLOCK_END, Letter

_FAMILY = "a family member entitled by law to act for the person depicted asked us to request removal."
_REMOVE = (
    "Please remove or disable access to the material below as soon as possible. Please also remove identical\n"
    "copies that you know of, and keep them from being uploaded again."
)

ENGLISH = Letter(
    language="en",
    name="English",
    subject="[Removal request {token}] Intimate image published without consent (request no. {ordinal})",
    body=f"""\
To: {{recipient}}
From: {{centre}}

Request to remove an intimate image published without consent (request no. {{ordinal}})

1. What we ask
{{asked}}

2. Where it is
Post: {{post}}
File: {{medium}}
SHA-256 of the file: {{digest}}
Seen: {{seen}}
Kind: {{kind}}
These addresses are altered (hxxp, [.]) so that nobody opens them by mistake. The exact ones stand at the end.

3. Why
{{reason}}
Our authority: {{authority}}

4. Statement
{{statement}}
{{signature}}

5. Evidence
We hold sealed evidence of this post.
Bundle: {{evidence}}
Seal (SHA-256): {{manifest}}
Please preserve the uploader's details and access records; the police may ask for them.
No image or video is attached. Please do not attach any to your answer.

6. Your answer
Please tell us the outcome, or the reason if you decide not to remove it, and keep [{{token}}] in the subject.
Contact: {{contact}}
Please do not publish this request or pass it to the uploader.

7. The exact addresses
{BLOCK_BEGIN}
{{addresses}}
{BLOCK_END}
""",
    reminder="This is request no. {ordinal} about the same material, which is still available.",
    back="This material had been removed. It is available again.",
    escalation=(
        "We have asked others to remove this material (requests so far: {elsewhere}; the first: {first_at}). It is\n"
        "still available. We therefore turn to you."
    ),
    asked={
        Role.PLATFORM: _REMOVE,
        Role.HOST: f"{_REMOVE}\nIf you cannot remove it yourself, please make your customer do so without delay.",
        Role.CDN: (
            "Please stop delivering the material below, delete cached copies, and tell us who hosts it.\n"
            "Please do not forward our contact details to the operator of the site."
        ),
        Role.REGISTRAR: (
            "Please act under your terms towards the holder of the domain, so that the material below is removed."
        ),
        Role.NETWORK: (
            "Please act under your terms towards the hosting provider, so that the material below is removed."
        ),
        Role.SEARCH: (
            "Please remove the addresses below and their previews from your results as soon as possible, and keep\n"
            "identical pictures from appearing again."
        ),
        Role.REGULATOR: "Please take the measures that are within your powers against the material below.",
    },
    laws={
        "us-take-it-down": (
            "United States: TAKE IT DOWN Act, 47 U.S.C. 223a (removal within 48 hours of a valid request, and\n"
            "reasonable efforts to remove known identical copies)."
        ),
        "eu-dsa-16": (
            "European Union: Regulation (EU) 2022/2065 (Digital Services Act), Article 16. The material is illegal\n"
            "content: it was published without the consent of the person depicted, which violates the rights to\n"
            "privacy and to one's own image and is an offence. Depictions of minors: Directive 2011/93/EU."
        ),
        "uk-osa": (
            "United Kingdom: Online Safety Act 2023, section 10 (illegal content) and Schedule 7; sharing intimate\n"
            "images without consent is a priority offence (Sexual Offences Act 2003, section 66B)."
        ),
        "kr-22-5": (
            "Republic of Korea: Telecommunications Business Act, Article 22-5, and its Enforcement Decree, Article\n"
            "30-5; Act on the Prevention of Sexual Violence and Protection of Victims, Article 7-3."
        ),
        "policy": (
            "Your own terms and policies forbid intimate material that is published without consent, and all\n"
            "material that exploits children. In the Republic of Korea, publishing it is a crime: Act on Special\n"
            "Cases concerning the Punishment of Sexual Crimes, Articles 14 and 14-2; for minors, Act on the\n"
            "Protection of Children and Youth against Sex Offenses, Article 11."
        ),
        "us-dmca": (
            "Notification of claimed infringement, 17 U.S.C. 512(c)(3).\n"
            "The copyrighted work: {work}\n"
            "We have a good faith belief that the use of the work complained of is not authorised by the copyright\n"
            "owner, its agent, or the law.\n"
            "{perjury}"
        ),
    },
    designation="We are designated under that Decree to report and to request removal ({designation}).",
    statement=(
        "We believe in good faith that this material was published without the consent of the person depicted, who\n"
        "can be identified. The information in this request is accurate and complete to the best of our knowledge."
    ),
    signature="Signed electronically, as the body authorised to act for the person depicted: {centre}",
    perjury=(
        "The information in this notification is accurate, and under penalty of perjury, we are authorised to act\n"
        "on behalf of the owner of the exclusive right that is allegedly infringed."
    ),
    adult="intimate visual depiction of an identifiable adult (authentic or digitally forged)",
    minor="child sexual abuse material: the person depicted is a minor",
    authority={
        Authority.VICTIM: "the person depicted asked us to request removal.",
        Authority.SPOUSE: _FAMILY,
        Authority.LINEAL_KIN: _FAMILY,
        Authority.SIBLING: _FAMILY,
        Authority.AGENT: "an agent named by the person depicted asked us to request removal.",
        Authority.EX_OFFICIO: "Korean law obliges us to request removal without being asked.",
    },
    zone=UTC,
    zone_name="UTC",
)
