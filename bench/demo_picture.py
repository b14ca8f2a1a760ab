"""Draws docs/pictures/demo.svg, the demo's display at its end (`./run bench demo_picture`)."""

import re
from io import StringIO
from pathlib import Path

from rich.console import Console

from jikimi.app.engine import utc_now
from jikimi.cli.demo.display import picture_of
from jikimi.cli.demo.operator import free_port
from jikimi.cli.demo.play import Play, open_the_case, stage, wait_for_anchor
from jikimi.cli.opening import set_up

OUT = Path(__file__).parents[1] / "docs" / "pictures" / "demo.svg"


def main() -> None:
    with stage(utc_now, free_port()) as (settings, street):
        set_up(settings)
        from jikimi.app.service import build

        service = build(settings)
        open_the_case(service, street)
        service.start()
        wait_for_anchor(service)
        *_, scene = Play(service, street).tell()
        service.close()
    console = Console(record=True, width=96, file=StringIO())
    console.print(picture_of(scene))
    svg = console.export_svg(title="./run demo")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL))  # no font from elsewhere
    print(OUT)


if __name__ == "__main__":
    main()
