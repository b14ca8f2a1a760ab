"""Sentences about sites and about whom to ask there, in the reader's language."""

import re

from django.utils.translation import gettext_noop

SAID = (
    gettext_noop("person"),
    gettext_noop("front page"),
    gettext_noop("platform table"),
    gettext_noop("host table"),
    gettext_noop("search engine table"),
    gettext_noop("regulator table"),
    gettext_noop("read the page before you confirm it"),
    gettext_noop("sign-in may be asked for"),
    gettext_noop("intimate images"),
    gettext_noop("choose: non-consensual intimate media"),
    gettext_noop("one report an item"),
    gettext_noop("public channels and bots; name the t.me addresses"),
    gettext_noop("privacy complaint"),
    gettext_noop("Google: intimate images; an agent may file"),
    gettext_noop("Bing: intimate images"),
    gettext_noop("방송미디어통신심의위원회; blocking in Korea is not removal"),
    gettext_noop("hotline of the country; minors only"),
)
"""Where a contact was found, and what the tables note about it."""

SAID_WITH_FACTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"Up to (?P<count>\d+) deliveries that came between (?P<since>.+) and (?P<until>.+) UTC waited "
            r"for more than a week and were dropped\. .*"
        ),
        gettext_noop(
            "Up to %(count)s deliveries that came between %(since)s and %(until)s UTC waited for more than a "
            "week and were dropped. Look at the site, or ask for them again."
        ),
    ),
    (
        re.compile(
            r"(?P<source>\S+) is asked for \d+ posts at least, which cost (?P<money>\S+) US dollars\. .*"
        ),
        gettext_noop("%(source)s gives no fewer posts than cost %(money)s US dollars. Allow more a day."),
    ),
    (
        re.compile(r"Watch (?P<watch>.+) is halted\. Type: .*"),
        gettext_noop("Watch %(watch)s is halted. It goes on where it stopped."),
    ),
    (
        re.compile(r"(?P<host>\S+) asks for port (?P<port>\d+); only 80 and 443 are visited\. .*"),
        gettext_noop(
            "%(host)s asks for port %(port)s; only 80 and 443 are visited. If it is a site of your own, add "
            "its IP address and port to JIKIMI_ALLOW."
        ),
    ),
    (
        re.compile(r"(?P<host>\S+) (?:is not a public|leads to an) address(?: that is not public)?, so .*"),
        gettext_noop(
            "%(host)s is no public address, so it was not visited. If it is a site of your own, add its IP "
            "address and port to JIKIMI_ALLOW."
        ),
    ),
    (
        re.compile(r"(?P<host>\S+) says the watched page is gone\. .*"),
        gettext_noop("%(host)s says the watched page is gone. Check the address."),
    ),
    (
        re.compile(r"The list of (?P<host>\S+) cannot be read: (?P<why>.*)"),
        gettext_noop("The list of %(host)s cannot be read: %(why)s"),
    ),
    (
        re.compile(r"(?P<host>\S+) answers (?P<status>\d+)\. Open it by hand\."),
        gettext_noop("%(host)s answers %(status)s. Open it by hand."),
    ),
    (
        re.compile(r"(?P<host>\S+) answers (?P<status>\d+)(?:\.|, which .*)"),
        gettext_noop("%(host)s answers %(status)s."),
    ),
    (
        re.compile(r"(?P<host>\S+) answers (?P<status>\d+): it does not let us in\. .*"),
        gettext_noop("%(host)s answers %(status)s: it does not let us in. Check the key's rights by hand."),
    ),
    (re.compile(r"(?P<host>\S+) cannot be reached\."), gettext_noop("%(host)s cannot be reached.")),
    (re.compile(r"(?P<host>\S+) gives no answer\."), gettext_noop("%(host)s gives no answer.")),
    (
        re.compile(r"The answer of (?P<host>\S+) broke off\."),
        gettext_noop("The answer of %(host)s broke off."),
    ),
    (
        re.compile(r"(?P<host>\S+) closed the connection\."),
        gettext_noop("%(host)s closed the connection."),
    ),
    (
        re.compile(r"(?P<host>\S+) has sent nothing for (?P<seconds>\S+) seconds\."),
        gettext_noop("%(host)s has sent nothing for %(seconds)s seconds."),
    ),
    (
        re.compile(r"No whole answer within (?P<seconds>\S+) seconds\."),
        gettext_noop("No whole answer within %(seconds)s seconds."),
    ),
    (
        re.compile(r"The certificate of (?P<host>\S+) cannot be trusted\. .*"),
        gettext_noop("The certificate of %(host)s cannot be trusted. Open it by hand."),
    ),
    (
        re.compile(r"(?P<host>\S+) says that we asked enough for now\."),
        gettext_noop("%(host)s says that we asked enough for now. Reading goes on by itself."),
    ),
    (
        re.compile(r"(?P<host>\S+) listed more new posts than fit; .*"),
        gettext_noop("%(host)s listed more new posts than fit; some were missed. Shorten the interval."),
    ),
)
