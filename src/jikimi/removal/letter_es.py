"""The removal request in Spanish: US and EU law, or the provider's own rules."""

from datetime import UTC

from jikimi.model.case import Authority
from jikimi.model.notice import Role
from jikimi.removal.letter import BLOCK_BEGIN, BLOCK_END, Letter

_FAMILY = "Nuestra legitimación: nos lo pidió un familiar facultado por la ley para actuar por la persona representada."
_REMOVE = (
    "Retiren o bloqueen lo antes posible el material indicado a continuación. Retiren también las copias idénticas que\n"
    "conozcan e impidan que se vuelvan a subir."
)

SPANISH = Letter(
    language="es",
    name="Spanish",
    subject="[Solicitud de retirada {token}] Imagen íntima publicada sin consentimiento (solicitud n.º {ordinal})",
    body=f"""\
Para: {{recipient}}
De: {{centre}}

Solicitud de retirada de una imagen íntima publicada sin consentimiento (n.º {{ordinal}})

1. Qué solicitamos
{{asked}}

2. Dónde se encuentra
Publicación: {{post}}
Archivo: {{medium}}
SHA-256 del archivo: {{digest}}
Visto: {{seen}}
Tipo: {{kind}}
Las direcciones están alteradas (hxxp, [.]) para que nadie las abra por error. Las exactas figuran al final.

3. Motivos
{{reason}}
{{authority}}

4. Declaración
{{statement}}
{{signature}}

5. Pruebas
Conservamos pruebas selladas de esta publicación.
Conjunto de pruebas: {{evidence}}
Sello (SHA-256): {{manifest}}
Conserven, por favor, los datos de quien la publicó y los registros de acceso; la policía puede necesitarlos.
No se adjunta ninguna imagen ni vídeo. Les rogamos que tampoco los adjunten a su respuesta.

6. Su respuesta
Comuníquennos el resultado, o el motivo si deciden no retirarla, y mantengan [{{token}}] en el asunto.
Contacto: {{contact}}
No publiquen esta solicitud ni la transmitan a quien publicó la imagen.

7. Direcciones exactas
{BLOCK_BEGIN}
{{addresses}}
{BLOCK_END}
""",
    reminder="Esta es la solicitud n.º {ordinal} sobre el mismo material, que sigue disponible.",
    back="Este material había sido retirado y vuelve a estar disponible.",
    escalation=(
        "Hemos solicitado a otros la retirada de este material (solicitudes hasta ahora: {elsewhere}; la primera:\n"
        "{first_at}). Sigue disponible. Por ello nos dirigimos a ustedes."
    ),
    asked={
        Role.PLATFORM: _REMOVE,
        Role.HOST: f"{_REMOVE}\nSi no pueden retirarlo ustedes mismos, exijan a su cliente que lo haga sin demora.",
        Role.CDN: (
            "Dejen de servir el material indicado a continuación, borren las copias en caché e indíquennos quién lo aloja.\n"
            "No transmitan nuestros datos de contacto al operador del sitio."
        ),
        Role.REGISTRAR: (
            "Actúen conforme a sus condiciones frente al titular del dominio para que se retire el material indicado."
        ),
        Role.NETWORK: (
            "Actúen conforme a sus condiciones frente al proveedor de alojamiento para que se retire el material indicado."
        ),
        Role.SEARCH: (
            "Retiren lo antes posible de sus resultados las direcciones indicadas y sus vistas previas, e impidan que vuelvan a\n"
            "aparecer imágenes idénticas."
        ),
        Role.REGULATOR: (
            "Adopten, dentro de sus competencias, medidas respecto del material indicado a continuación."
        ),
    },
    laws={
        "us-take-it-down": (
            "Estados Unidos: Ley TAKE IT DOWN, 47 U.S.C. 223a (retirada en un plazo de 48 horas desde una solicitud válida, y\n"
            "esfuerzos razonables para retirar las copias idénticas conocidas)."
        ),
        "eu-dsa-16": (
            "Unión Europea: Reglamento (UE) 2022/2065 (Reglamento de Servicios Digitales), artículo 16. El material es\n"
            "contenido ilícito: se publicó sin el consentimiento de la persona representada, lo que vulnera el derecho a la\n"
            "intimidad y a la propia imagen y constituye delito. Menores: Directiva 2011/93/UE."
        ),
        "policy": (
            "Sus propias condiciones y políticas prohíben el material íntimo publicado sin consentimiento y todo material que\n"
            "explote a menores. En la República de Corea, publicarlo es delito: Ley de casos especiales sobre el castigo de los\n"
            "delitos sexuales, artículos 14 y 14-2; respecto de menores, Ley de protección de niños y jóvenes frente a los\n"
            "delitos sexuales, artículo 11."
        ),
    },
    designation="",
    statement=(
        "Creemos de buena fe que este material se publicó sin el consentimiento de la persona representada, que es\n"
        "identificable. Según nuestro leal saber, la información de esta solicitud es exacta y completa."
    ),
    signature=(
        "Firmado electrónicamente, como entidad autorizada para actuar en nombre de la persona representada: {centre}"
    ),
    adult=(
        "representación visual íntima de una persona adulta identificable (auténtica o falsificada digitalmente)"
    ),
    minor="material de abuso sexual infantil: la persona representada es menor de edad",
    authority={
        Authority.VICTIM: (
            "Nuestra legitimación: la propia persona representada nos pidió que solicitáramos la retirada."
        ),
        Authority.SPOUSE: _FAMILY,
        Authority.LINEAL_KIN: _FAMILY,
        Authority.SIBLING: _FAMILY,
        Authority.AGENT: (
            "Nuestra legitimación: nos lo pidió un representante designado por la persona representada."
        ),
        Authority.EX_OFFICIO: (
            "Nuestra legitimación: la ley coreana nos obliga a solicitar la retirada sin necesidad de petición."
        ),
    },
    zone=UTC,
    zone_name="UTC",
)
