"""The removal request in German: Article 16 of the Digital Services Act, or the provider's own rules."""

from datetime import UTC

from jikimi.model.case import Authority
from jikimi.model.notice import Role
from jikimi.removal.letter import BLOCK_BEGIN, BLOCK_END, Letter

_FAMILY = (
    "Unsere Befugnis: Ein gesetzlich dazu berechtigtes Familienmitglied hat uns um dieses Ersuchen gebeten."
)
_REMOVE = (
    "Bitte entfernen oder sperren Sie das unten genannte Material so schnell wie möglich. Bitte entfernen Sie auch\n"
    "identische Kopien, die Ihnen bekannt sind, und verhindern Sie, dass sie erneut hochgeladen werden."
)

GERMAN = Letter(
    language="de",
    name="German",
    subject="[Löschersuchen {token}] Ohne Einwilligung veröffentlichte intime Aufnahme (Ersuchen Nr. {ordinal})",
    body=f"""\
An: {{recipient}}
Von: {{centre}}

Ersuchen um Entfernung einer ohne Einwilligung veröffentlichten intimen Aufnahme (Nr. {{ordinal}})

1. Worum wir bitten
{{asked}}

2. Fundstelle
Beitrag: {{post}}
Datei: {{medium}}
SHA-256 der Datei: {{digest}}
Gesehen: {{seen}}
Art: {{kind}}
Diese Adressen sind verändert (hxxp, [.]), damit sie niemand versehentlich öffnet. Die genauen stehen am Ende.

3. Begründung
{{reason}}
{{authority}}

4. Erklärung
{{statement}}
{{signature}}

5. Beweise
Wir verwahren versiegelte Beweise zu diesem Beitrag.
Beweispaket: {{evidence}}
Siegel (SHA-256): {{manifest}}
Bitte sichern Sie die Daten der hochladenden Person und die Zugriffsprotokolle; die Polizei kann sie benötigen.
Es ist kein Bild und kein Video beigefügt. Bitte fügen Sie auch Ihrer Antwort keines bei.

6. Ihre Antwort
Bitte teilen Sie uns das Ergebnis mit, oder den Grund, falls Sie die Aufnahme nicht entfernen, und lassen Sie
[{{token}}] im Betreff stehen.
Kontakt: {{contact}}
Bitte veröffentlichen Sie dieses Ersuchen nicht und geben Sie es nicht an die hochladende Person weiter.

7. Genaue Adressen
{BLOCK_BEGIN}
{{addresses}}
{BLOCK_END}
""",
    reminder=("Dies ist das Ersuchen Nr. {ordinal} zu derselben Aufnahme, die weiterhin abrufbar ist."),
    back="Diese Aufnahme war entfernt worden und ist wieder abrufbar.",
    escalation=(
        "Wir haben bereits andere um Entfernung dieser Aufnahme ersucht (bisherige Ersuchen: {elsewhere}; das erste:\n"
        "{first_at}). Sie ist weiterhin abrufbar. Deshalb wenden wir uns an Sie."
    ),
    asked={
        Role.PLATFORM: _REMOVE,
        Role.HOST: f"{_REMOVE}\nFalls Sie es nicht selbst entfernen können, sorgen Sie bitte dafür, dass Ihr Kunde es unverzüglich tut.",
        Role.CDN: (
            "Bitte liefern Sie das unten genannte Material nicht mehr aus, löschen Sie zwischengespeicherte Kopien und nennen Sie\n"
            "uns den Hosting-Anbieter. Bitte geben Sie unsere Kontaktdaten nicht an den Betreiber der Seite weiter."
        ),
        Role.REGISTRAR: (
            "Bitte wirken Sie nach Ihren Bedingungen auf die Inhaberin oder den Inhaber der Domain ein, damit das unten genannte\n"
            "Material entfernt wird."
        ),
        Role.NETWORK: (
            "Bitte wirken Sie nach Ihren Bedingungen auf den Hosting-Anbieter ein, damit das unten genannte Material entfernt wird."
        ),
        Role.SEARCH: (
            "Bitte entfernen Sie die unten genannten Adressen und ihre Vorschaubilder so schnell wie möglich aus Ihren Ergebnissen\n"
            "und verhindern Sie, dass identische Bilder wieder erscheinen."
        ),
        Role.REGULATOR: (
            "Bitte ergreifen Sie im Rahmen Ihrer Befugnisse Maßnahmen gegen das unten genannte Material."
        ),
    },
    laws={
        "eu-dsa-16": (
            "Europäische Union: Verordnung (EU) 2022/2065 (Gesetz über digitale Dienste), Artikel 16. Das Material ist ein\n"
            "rechtswidriger Inhalt: Es wurde ohne Einwilligung der abgebildeten Person veröffentlicht; das verletzt ihr\n"
            "Persönlichkeitsrecht und ihr Recht am eigenen Bild und ist strafbar. Minderjährige: Richtlinie 2011/93/EU."
        ),
        "policy": (
            "Ihre eigenen Bedingungen und Richtlinien verbieten intime Aufnahmen, die ohne Einwilligung veröffentlicht wurden, und\n"
            "jedes Material, das Kinder ausbeutet. In der Republik Korea ist die Veröffentlichung strafbar: Sondergesetz über\n"
            "die Bestrafung von Sexualstraftaten, Artikel 14 und 14-2; bei Minderjährigen Gesetz zum Schutz von Kindern und\n"
            "Jugendlichen vor Sexualstraftaten, Artikel 11."
        ),
    },
    designation="",
    statement=(
        "Wir sind in gutem Glauben überzeugt, dass dieses Material ohne Einwilligung der abgebildeten, erkennbaren Person\n"
        "veröffentlicht wurde. Die Angaben in diesem Ersuchen sind nach unserem besten Wissen richtig und vollständig."
    ),
    signature=(
        "Elektronisch gezeichnet, als zur Vertretung der abgebildeten Person befugte Stelle: {centre}"
    ),
    adult="intime Aufnahme einer erkennbaren erwachsenen Person (echt oder digital gefälscht)",
    minor=("Darstellung sexuellen Missbrauchs von Kindern: Die abgebildete Person ist minderjährig"),
    authority={
        Authority.VICTIM: (
            "Unsere Befugnis: Die abgebildete Person selbst hat uns um dieses Ersuchen gebeten."
        ),
        Authority.SPOUSE: _FAMILY,
        Authority.LINEAL_KIN: _FAMILY,
        Authority.SIBLING: _FAMILY,
        Authority.AGENT: (
            "Unsere Befugnis: Eine von der abgebildeten Person bevollmächtigte Vertretung hat uns um dieses Ersuchen gebeten."
        ),
        Authority.EX_OFFICIO: (
            "Unsere Befugnis: Koreanisches Recht verpflichtet uns, die Entfernung auch ohne Bitte zu verlangen."
        ),
    },
    zone=UTC,
    zone_name="UTC",
)
