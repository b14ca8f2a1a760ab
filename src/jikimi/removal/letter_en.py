"""The removal request in English, as the TAKE IT DOWN Act (47 U.S.C. 223a) and DSA Art. 16 want it."""

from datetime import UTC

from jikimi.model.case import Authority
from jikimi.removal.letter import Letter

_FAMILY = "a family member entitled by law to act for the person depicted asked us to request removal."

ENGLISH = Letter(
    subject="[Removal request {token}] Intimate image published without consent (request no. {number})",
    body="""\
To: {recipient}
From: {centre}

Request to remove an intimate image published without consent (request no. {number})

1. What we ask
Please remove or disable access to the material below as soon as possible, and within 48 hours at the latest.
Please also remove identical copies that you know of, and keep them from being uploaded again.

2. Where it is
Post: {post_url}
File: {media_url}
SHA-256 of the file: {sha256}
Seen: {seen_at}
Kind: {kind}

3. Why
- United States: TAKE IT DOWN Act, 47 U.S.C. 223a (removal within 48 hours of a valid request).
- European Union: Regulation (EU) 2022/2065 (Digital Services Act), Article 16.
- Republic of Korea: Telecommunications Business Act, Article 22-5; Act on the Prevention of Sexual Violence
  and Protection of Victims, Article 7-3.
Our authority: {authority}

4. Statement
We believe in good faith that this material was published without the consent of the person depicted, who can
be identified. The information in this request is accurate and complete to the best of our knowledge.
Signed electronically, as the body authorised to act for the person depicted: {centre}

5. Evidence
We hold sealed evidence of this post.
Bundle: {evidence}
Seal (SHA-256): {manifest}
Please preserve the uploader's details and access records; the police may ask for them.
No image or video is attached. Please do not attach any to your answer.

6. Your answer
Please tell us the outcome, or the reason if you decide not to remove it, and keep [{token}] in the subject.
Contact: {contact}
Please do not publish this request or pass it to the uploader.
""",
    reminder="This is request no. {number} about the same material, which is still available.",
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
