"""Sentences that the rooms below say, so that the console can say them in the reader's language."""

import re

from django.utils.translation import gettext_noop

from jikimi.console import phrases_network

SAID = (
    gettext_noop("A case needs a file number and a pseudonym. Fill in both."),
    gettext_noop("The authority needs a purpose. Write what the person asked the centre to do."),
    gettext_noop("The authority is signed in the future. Check the day of signature."),
    gettext_noop("The authority has run out. Ask for a new one and enter its last day."),
    gettext_noop("An authority lasts a year at most; after that it is renewed. Enter an earlier last day."),
    gettext_noop("A second person must approve this case. Ask a colleague to sign in and approve it."),
    gettext_noop("Pictures of children are never shown here. Decide on the facts, or ask the police."),
    gettext_noop("There is no sealed evidence for this place yet. Confirm its alert first."),
    gettext_noop("Pictures of children are never handed out from here. Hand over without the medium."),
    gettext_noop("This name is taken or is not a name. Use letters, digits and . - _ only."),
    gettext_noop("This account is switched off. Switch it on first."),
    gettext_noop("the file is empty"),
    gettext_noop("the file is cut off: only part of the picture is there"),
    gettext_noop("the picture needs more memory than one file may take"),
    gettext_noop("the file declares a picture without pixels"),
    gettext_noop("the file holds more pixels than it declares; the limit is 100 megapixels"),
    gettext_noop("this is a video (MP4 or QuickTime), not a picture"),
    gettext_noop("this is HTML, not a picture"),
    gettext_noop("this is an SVG drawing, which is not read"),
    gettext_noop("this is text, not a picture"),
    gettext_noop("this is not a kind of file we know, so not a picture"),
    gettext_noop("printed only; sending is off"),
    gettext_noop("the service was stopped while sending; ask the recipient, or request again"),
    gettext_noop("The recipient is not one plain mail address. Confirm another for this site."),
    gettext_noop("The removal request lacks its authority. Record in whose name you act."),
    gettext_noop("letters were not read: no program for that is installed"),
    gettext_noop("the program that reads letters does not work; run `jikimi selfcheck`"),
    gettext_noop("the program that reads letters cannot be started"),
    gettext_noop("The watched folder cannot be read. Check its path and rights."),
    gettext_noop("The watched folder is not there. Is its disk mounted?"),
    gettext_noop("Nobody is known whom to ask. Type: jikimi contact list --waiting"),
    gettext_noop(
        "This came as a file, and no web address is known at which it is shown: there is nobody to ask. "
        "If you know where it was posted, hand it in with that address, or write to the site yourself."
    ),
    gettext_noop("The body ended before it was complete."),
    gettext_noop("Only http and https addresses are visited. Open the post by hand."),
    gettext_noop("The browser cannot be started. Check disk, memory and processes."),
    gettext_noop("The page crashed the browser."),
    gettext_noop("No name server answers."),
    gettext_noop("A copyright notice exposes the person. Read the warning, and say that you did."),
    gettext_noop("The removal request holds a medium, which must never be sent. Write it again."),
    gettext_noop("The removal request holds control characters. Let it be written again."),
    gettext_noop("The medium has no address of its own. Report the post by hand."),
    gettext_noop("The removal request has no mail address for answers. Set JIKIMI_CONTACT to one."),
    gettext_noop("Only a live case may be searched for. Have it approved, or its authority renewed."),
)
"""What the rooms below say word for word; a test finds each of them in their sources."""

SAID_WITH_FACTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"The day's share of (?P<source>\S+) is used up \((?P<what>[^)]*)\)\. .*"),
        gettext_noop("Today's share of %(source)s is used up (%(what)s). Reading goes on at midnight UTC."),
    ),
    (
        re.compile(r"robots\.txt of (?P<host>\S+) wants no programs at this address\. .*"),
        gettext_noop(
            "robots.txt of %(host)s wants no programs here. An administrator may decide otherwise and write "
            "down why."
        ),
    ),
    (
        re.compile(r"(?P<host>\S+) does not accept what we sign in with\. .*"),
        gettext_noop("%(host)s does not accept what we sign in with. Type a new token on the server."),
    ),
    (
        re.compile(r"The browser did not look at the page: (?P<why>.*)"),
        gettext_noop("The browser did not look at the page: %(why)s"),
    ),
    (re.compile(r"Gap: (?P<why>.*)"), gettext_noop("Some posts may have been missed: %(why)s")),
    (
        re.compile(r"Evidence is handed over to age recipients or to OpenPGP certificates\. .*"),
        gettext_noop(
            "Evidence is handed over to age recipients or to OpenPGP certificates. Give an age recipient "
            "(age1…, as `age-keygen -y` prints it) or the file of an OpenPGP certificate."
        ),
    ),
    (
        re.compile(r"This is no age recipient\. .*"),
        gettext_noop(
            "This is no age recipient. Give an age recipient (age1…, as `age-keygen -y` prints it) or the "
            "file of an OpenPGP certificate."
        ),
    ),
    (
        re.compile(r"File number (?P<number>.+) is taken\. Choose another\."),
        gettext_noop("File number %(number)s is taken. Choose another."),
    ),
    (
        re.compile(r"This cannot be searched for: longer than (?P<most>\d+) characters; .*"),
        gettext_noop("This is longer than %(most)s characters. Enter the part that tells it apart."),
    ),
    (
        re.compile(r"This cannot be searched for: has (?P<count>\d+) digits; .*"),
        gettext_noop("%(count)s digits are no telephone number. Enter it with its area code."),
    ),
    (
        re.compile(r"This cannot be searched for: has (?P<count>\d+) letters; .*"),
        gettext_noop("%(count)s letters are too few: it would be found everywhere. Enter more."),
    ),
    (
        re.compile(r"This cannot be searched for: .*"),
        gettext_noop("This cannot be searched for. Enter what people would type."),
    ),
    (
        re.compile(r"No removal address is known for watch (?P<watch>\S+)\. .*"),
        gettext_noop("No removal address is known for watch %(watch)s. Enter it on the page Watches."),
    ),
    *phrases_network.SAID_WITH_FACTS,
    (
        re.compile(r"Nobody allowed a copyright notice for this case\. .*"),
        gettext_noop("Nobody allowed a copyright notice for this case. Allow it on the case's page first."),
    ),
    (
        re.compile(r"(?P<why>.+); taken back at (?P<at>[^;]+) UTC, (?:perhaps )?too late"),
        gettext_noop("%(why)s; taken back at %(at)s UTC, which was or may have been too late"),
    ),
    (
        re.compile(r"Write why requests wait .*"),
        gettext_noop("Write why requests wait: a colleague must be able to let them go."),
    ),
    (
        re.compile(r"This request cannot be taken back: .* at (?P<at>.+) UTC\. .*"),
        gettext_noop("This request cannot be taken back: it came to its end at %(at)s UTC."),
    ),
    (
        re.compile(r"The removal request says a .+ that the case is known by, .*"),
        gettext_noop(
            "The request says what the case is known by, outside the reported addresses. It stays here."
        ),
    ),
    (
        re.compile(r"The channel (?P<channel>\S+) is not set up\. .*"),
        gettext_noop("The channel %(channel)s is not set up. Set JIKIMI_SMTP and JIKIMI_SENDER."),
    ),
    (
        re.compile(r"the file begins like (?P<kind>\w+) but is damaged"),
        gettext_noop("the file begins like %(kind)s but is damaged"),
    ),
    (
        re.compile(r"the file declares (?P<size>\d+×\d+) pixels; the limit is 100 megapixels"),
        gettext_noop("the file declares %(size)s pixels; the limit is 100 megapixels"),
    ),
    (
        re.compile(r"this is (?P<kind>.+), not a picture(?: we read)?"),
        gettext_noop("this is %(kind)s, not a picture we read"),
    ),
    (
        re.compile(r"the file took longer than (?P<seconds>\S+) s to read"),
        gettext_noop("the file took longer than %(seconds)s seconds to read"),
    ),
    (
        re.compile(r"reading letters took longer than (?P<seconds>\S+) s"),
        gettext_noop("reading letters took longer than %(seconds)s seconds"),
    ),
    (
        re.compile(r"the program that reads letters failed \(status (?P<status>-?\d+)\)"),
        gettext_noop("the program that reads letters failed (status %(status)s)"),
    ),
    (
        re.compile(r"the reader (?:crashed|gave no sensible answer) on this file(?P<how>.*)"),
        gettext_noop("the reader gave up on this file%(how)s"),
    ),
)
