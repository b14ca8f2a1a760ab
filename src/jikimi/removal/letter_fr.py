"""The removal request in French: Article 16 of the Digital Services Act, or the provider's own rules."""

from datetime import UTC

from jikimi.model.case import Authority
from jikimi.model.notice import Role
from jikimi.removal.letter import BLOCK_BEGIN, BLOCK_END, Letter

_FAMILY = (
    "Notre qualité : un membre de la famille habilité par la loi nous a demandé de solliciter le retrait."
)
_REMOVE = (
    "Veuillez retirer le contenu ci-dessous ou en bloquer l’accès dans les meilleurs délais. Veuillez retirer également les\n"
    "copies identiques dont vous avez connaissance et empêcher leur nouvelle mise en ligne."
)

FRENCH = Letter(
    language="fr",
    name="French",
    subject="[Demande de retrait {token}] Image intime publiée sans consentement (demande n° {ordinal})",
    body=f"""\
À: {{recipient}}
De: {{centre}}

Demande de retrait d’une image intime publiée sans consentement (n° {{ordinal}})

1. Notre demande
{{asked}}

2. Emplacement
Publication: {{post}}
Fichier: {{medium}}
SHA-256 du fichier: {{digest}}
Constaté le: {{seen}}
Nature: {{kind}}
Ces adresses sont modifiées (hxxp, [.]) pour que personne ne les ouvre par erreur. Les adresses exactes figurent à la fin.

3. Motifs
{{reason}}
{{authority}}

4. Déclaration
{{statement}}
{{signature}}

5. Preuves
Nous conservons des preuves scellées de cette publication.
Dossier de preuves: {{evidence}}
Scellé (SHA-256): {{manifest}}
Veuillez conserver les données de l’auteur de la publication et les journaux d’accès ; la police peut en avoir besoin.
Aucune image ni vidéo n’est jointe. Merci de ne pas en joindre à votre réponse.

6. Votre réponse
Veuillez nous indiquer la suite donnée, ou le motif d’un refus, et conserver [{{token}}] dans l’objet.
Contact: {{contact}}
Veuillez ne pas publier cette demande ni la transmettre à l’auteur de la publication.

7. Adresses exactes
{BLOCK_BEGIN}
{{addresses}}
{BLOCK_END}
""",
    reminder="Ceci est la demande n° {ordinal} concernant le même contenu, toujours accessible.",
    back="Ce contenu avait été retiré ; il est de nouveau accessible.",
    escalation=(
        "Nous avons déjà demandé à d’autres le retrait de ce contenu (demandes à ce jour : {elsewhere} ; la première :\n"
        "{first_at}). Il est toujours accessible. C’est pourquoi nous nous adressons à vous."
    ),
    asked={
        Role.PLATFORM: _REMOVE,
        Role.HOST: f"{_REMOVE}\nSi vous ne pouvez pas le retirer vous-même, veuillez faire en sorte que votre client le fasse sans délai.",
        Role.CDN: (
            "Veuillez cesser de diffuser le contenu ci-dessous, supprimer les copies en cache et nous indiquer son hébergeur.\n"
            "Veuillez ne pas transmettre nos coordonnées à l’exploitant du site."
        ),
        Role.REGISTRAR: (
            "Veuillez agir, selon vos conditions, auprès du titulaire du domaine afin que le contenu ci-dessous soit retiré."
        ),
        Role.NETWORK: (
            "Veuillez agir, selon vos conditions, auprès de l’hébergeur afin que le contenu ci-dessous soit retiré."
        ),
        Role.SEARCH: (
            "Veuillez retirer de vos résultats, dans les meilleurs délais, les adresses ci-dessous et leurs aperçus, et empêcher que\n"
            "des images identiques y réapparaissent."
        ),
        Role.REGULATOR: (
            "Veuillez prendre, dans le cadre de vos compétences, des mesures à l’égard du contenu ci-dessous."
        ),
    },
    laws={
        "eu-dsa-16": (
            "Union européenne : règlement (UE) 2022/2065 (règlement sur les services numériques), article 16. Ce contenu est\n"
            "illicite : il a été publié sans le consentement de la personne représentée, ce qui porte atteinte à sa vie privée et\n"
            "à son droit à l’image et constitue une infraction. Mineurs : directive 2011/93/UE."
        ),
        "policy": (
            "Vos propres conditions et règles interdisent les contenus intimes publiés sans consentement et tout contenu exploitant\n"
            "des enfants. En République de Corée, cette publication est un crime : loi spéciale relative à la répression des\n"
            "infractions sexuelles, articles 14 et 14-2 ; pour les mineurs, loi sur la protection des enfants et des jeunes\n"
            "contre les infractions sexuelles, article 11."
        ),
    },
    designation="",
    statement=(
        "Nous croyons de bonne foi que ce contenu a été publié sans le consentement de la personne représentée, qui est\n"
        "identifiable. À notre connaissance, les informations de cette demande sont exactes et complètes."
    ),
    signature=(
        "Signé électroniquement, en tant qu’organisme habilité à agir pour la personne représentée : {centre}"
    ),
    adult=(
        "représentation intime d’une personne adulte identifiable (authentique ou falsifiée numériquement)"
    ),
    minor="contenu d’abus sexuel sur enfant : la personne représentée est mineure",
    authority={
        Authority.VICTIM: (
            "Notre qualité : la personne représentée nous a elle-même demandé de solliciter le retrait."
        ),
        Authority.SPOUSE: _FAMILY,
        Authority.LINEAL_KIN: _FAMILY,
        Authority.SIBLING: _FAMILY,
        Authority.AGENT: (
            "Notre qualité : un mandataire désigné par la personne représentée nous a demandé de solliciter le retrait."
        ),
        Authority.EX_OFFICIO: (
            "Notre qualité : le droit coréen nous oblige à demander le retrait, même sans sollicitation."
        ),
    },
    zone=UTC,
    zone_name="UTC",
)
