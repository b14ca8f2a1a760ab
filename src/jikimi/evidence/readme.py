"""The page in every bundle that tells a stranger, in Korean and English, how to check it without us."""

README = """\
이 묶음을 지킴이 없이 확인하는 방법
====================================

이 폴더는 온라인 게시물의 증거 묶음(BagIt, RFC 8493)입니다. 게시물 주소, 시각, 서버 응답, 이미지의 해시값과
지문이 들어 있습니다. 이미지나 영상 자체는 들어 있지 않습니다.

data 폴더의 상위 폴더에서 아래 명령을 차례로 실행합니다. 모두 성공해야 온전한 묶음입니다.

{commands}

세 번째 명령은 서명을 확인하고, 네 번째 명령은 서명한 인증서가 signer.pem과 같은지 확인합니다.
인증서의 지문(아래)은 지원센터에 직접 물어 확인하십시오. 묶음 안의 인증서만으로는
누가 서명했는지 알 수 없습니다.

    openssl x509 -in signer.pem -noout -subject -fingerprint -sha256

additions-sha256.txt가 있으면 시점확인(RFC 3161)이 있는 것입니다. 다음 명령으로 확인합니다. tsa.pem은 시점확인
기관의 인증서이므로 그 기관에서 직접 받은 것과 비교하십시오.

{stamp}

data/capture.wacz가 있으면 웹 캡처(WACZ 1.1.1, WARC 1.1)입니다. 이미지·영상·음성의 본문은 뺐고 그 사실과
해시값을 기록했습니다. data/screenshot.png에서는 이미지가 가려져 있습니다.

{capture}

tagmanifest-sha256.txt는 서명 파일(tagmanifest-sha256.txt.p7s)과 signer.pem을 담지 못합니다. 서명은 서명할
내용이 정해진 뒤에 만들어지기 때문입니다. 두 파일은 세 번째와 네 번째 명령이 확인합니다.
자세한 기록은 data/record.json에 있습니다. 시각은 모두 협정 세계시(UTC)입니다.


How to check this bundle without Jikimi
=======================================

This folder is a bundle of evidence about one online post (BagIt, RFC 8493). It holds the addresses, times,
server answers, and the hash values and fingerprints of the picture. It does not hold the picture or video.

In the folder that contains "data", run these commands in order. All must succeed.

{commands}

The third checks the signature; the fourth checks that signer.pem is the certificate that signed.
Ask the centre itself for the certificate's fingerprint and compare it with the one below: a certificate
that comes in the bundle does not prove by itself who signed.

    openssl x509 -in signer.pem -noout -subject -fingerprint -sha256

If there is an additions-sha256.txt, the bundle has a time stamp (RFC 3161). Check it with these commands;
tsa.pem is the time authority's certificate, so compare it with the one you get from the authority itself.

{stamp}

If there is a data/capture.wacz, it is a capture of the page (WACZ 1.1.1, WARC 1.1). The bodies of pictures,
clips and sounds are left out; that, and their digests, are noted. In data/screenshot.png they are covered.

{capture}

tagmanifest-sha256.txt cannot list the signature (tagmanifest-sha256.txt.p7s) or signer.pem: a signature is
made after what it signs. The third and fourth commands check these two files.
The full record is in data/record.json. All times are UTC.
"""

COMMANDS = """\
    sha256sum --strict -c tagmanifest-sha256.txt
    sha256sum --strict -c manifest-sha256.txt
    openssl cms -verify -binary -inform DER -in tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt \\
        -CAfile signer.pem -signer ../signed-by.pem -out /dev/null
    cmp ../signed-by.pem signer.pem"""


STAMP_COMMANDS = """\
    sha256sum --strict -c additions-sha256.txt
    openssl cms -verify -binary -inform DER -in additions-sha256.txt.p7s -content additions-sha256.txt \\
        -CAfile signer.pem -out /dev/null
    openssl ts -verify -in tagmanifest-sha256.txt.tsr -data tagmanifest-sha256.txt -CAfile tsa.pem"""

CAPTURE_COMMANDS = """\
    wacz validate -f data/capture.wacz"""


def write_readme() -> bytes:
    """Return README.txt as UTF-8."""
    return README.format(commands=COMMANDS, stamp=STAMP_COMMANDS, capture=CAPTURE_COMMANDS).encode()
