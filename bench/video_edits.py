"""The 36 edits of clips that the video benchmark makes, each as arguments for ffmpeg."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2"
SHORT = 5.0
SHORTEST = 3.0


@dataclass(frozen=True, slots=True)
class Edit:
    """What is done: a filter chain, or a graph with a second clip as [1:v]; the codec's crf; seconds kept."""

    chain: str = ""
    graph: str = ""
    crf: int = 27
    seconds: float = 10.0


def _text(words: str, size: str, place: str) -> str:
    return f"drawtext=text='{words}':fontsize={size}:fontcolor=white:box=1:boxcolor=black@0.6:{place}"


_BLURRED = (
    "[0:v]split[a][b];[a]scale=360:640,boxblur=20:2,setsar=1[bg];"
    f"[b]scale='min(360,iw)':-2[fg];[bg][fg]overlay=(W-w)/2:(H-h)/2,{EVEN}[v]"
)
_INSET = (
    "[1:v]scale=640:360,setsar=1[bg];[0:v]scale=w=320:h=180:force_original_aspect_ratio=decrease,"
    f"setsar=1[fg];[bg][fg]overlay=W-w-10:H-h-10:shortest=1,{EVEN}[v]"
)
_INSERTED = (
    "[1:v]scale=640:360,setsar=1,trim=0:6,setpts=PTS-STARTPTS,fps=25,split[x][y];[0:v]trim=1:6,"
    "setpts=PTS-STARTPTS,scale=640:360,setsar=1,fps=25[m];[x][m][y]concat=n=3:v=1:a=0[v]"
)
_BESIDE = "[0:v]scale=320:360,setsar=1[a];[1:v]scale=320:360,setsar=1[b];[a][b]hstack=shortest=1[v]"
_SCREEN = (
    "scale=w=324:h=500:force_original_aspect_ratio=decrease,pad=360:720:(ow-iw)/2:130:color=0x15202b,"
    "drawbox=x=10:y=20:w=160:h=30:color=white@0.8:t=fill,drawbox=x=10:y=660:w=340:h=20:color=gray:t=fill,"
    + _text("12\\:45  Home  Search", "18", "x=20:y=90")
    + f",{EVEN}"
)
_FIVE = (
    "hflip,crop=iw*0.85:ih*0.85,setpts=PTS/1.15,fps=25,eq=brightness=0.05:saturation=1.3,"
    + _text("part 1", "h/12", "x=w*0.1:y=h*0.1")
    + f",pad=iw:ih*1.3:0:(oh-ih)/2,{EVEN}"
)
_LOGO = (
    "drawbox=x=iw*0.03:y=ih*0.03:w=iw*0.15:h=ih*0.15:color=red@0.9:t=fill,"
    "drawbox=x=iw*0.06:y=ih*0.06:w=iw*0.09:h=ih*0.09:color=yellow@0.9:t=fill"
)
_LARGE_LOGO = (
    "drawbox=x=iw*0.3:y=ih*0.3:w=iw*0.4:h=ih*0.4:color=red:t=fill,"
    "drawbox=x=iw*0.4:y=ih*0.4:w=iw*0.2:h=ih*0.2:color=yellow:t=fill"
)

EDITS: Mapping[str, Edit] = {
    "re-encode crf 35": Edit(crf=35),
    "re-encode crf 42": Edit(crf=42),
    "clip 5 s": Edit(seconds=SHORT),
    "clip 3 s": Edit(seconds=SHORTEST),
    "scale 50 %": Edit(f"scale=iw/2:-2,{EVEN}"),
    "scale 25 %": Edit(f"scale=iw/4:-2,{EVEN}"),
    "crop centre 90 %": Edit(f"crop=iw*0.9:ih*0.9,{EVEN}"),
    "crop centre 80 %": Edit(f"crop=iw*0.8:ih*0.8,{EVEN}"),
    "crop centre 70 %": Edit(f"crop=iw*0.7:ih*0.7,{EVEN}"),
    "crop corner 70 %": Edit(f"crop=iw*0.7:ih*0.7:0:0,{EVEN}"),
    "crop to 9:16": Edit(f"crop='if(gt(iw,ih),ih*9/16,iw)':'if(gt(iw,ih),ih,iw*9/16)',{EVEN}"),
    "letterbox": Edit(f"pad=iw:ih*1.4:0:(oh-ih)/2,{EVEN}"),
    "pillarbox": Edit(f"pad=iw*1.78:ih:(ow-iw)/2:0,{EVEN}"),
    "blurred pad": Edit(graph=_BLURRED),
    "mirror": Edit("hflip"),
    "quarter turn": Edit("transpose=1"),
    "rotate 5°": Edit(f"rotate=5*PI/180,{EVEN}"),
    "speed 1.25": Edit("setpts=PTS/1.25,fps=25"),
    "speed 0.8": Edit("setpts=PTS/0.8,fps=25"),
    "speed 2": Edit("setpts=PTS/2,fps=25"),
    "10 fps": Edit("fps=10"),
    "loop": Edit(graph="[0:v]trim=0:4,setpts=PTS-STARTPTS,loop=2:100:0[v]"),
    "reverse": Edit(f"reverse,scale=iw/2:-2,{EVEN}"),
    "colour": Edit("eq=brightness=0.08:contrast=1.3:saturation=1.6:gamma=1.2"),
    "grey": Edit("hue=s=0"),
    "negative": Edit("negate"),
    "blur": Edit("gblur=sigma=5"),
    "noise": Edit("noise=alls=30:allf=t:all_seed=7"),
    "inserted": Edit(graph=_INSERTED),
    "side by side": Edit(graph=_BESIDE),
    "text": Edit(_text("FOLLOW @exampleacct", "h/9", "x=(w-tw)/2:y=h*0.75")),
    "15 % logo": Edit(_LOGO),
    "40 % logo": Edit(_LARGE_LOGO),
    "screen recording": Edit(_SCREEN, crf=30),
    "five edits": Edit(_FIVE, crf=32, seconds=8.0),
    "picture in picture": Edit(graph=_INSET),
}


def normalised(source: Path, target: Path, begin: float = 0.0, seconds: float = 40.0) -> bool:
    """Write a part of a source as a reference: 360 pixels, 25 fps, H.264; False if it cannot be."""
    shape = "scale='if(gt(a,1),360,-2)':'if(gt(a,1),-2,360)',setsar=1,fps=25,format=yuv420p"
    arguments = ["-ss", f"{begin:.2f}", "-t", f"{seconds:.2f}", "-i", str(source), "-vf", shape]
    return run_ffmpeg([*arguments, "-an", *_codec(20, 50), str(target)])


def edited(edit: Edit, reference: Path, length: float, other: Path, target: Path) -> bool:
    """Write one edit of a part out of the middle of a reference, off its grid of samples."""
    seconds = min(edit.seconds, length)
    begin = max(0.0, min((length - seconds) / 2 + 0.37, length - seconds))
    arguments = ["-ss", f"{begin:.2f}", "-t", f"{seconds:.2f}", "-i", str(reference)]
    if edit.graph:
        if "[1:v]" in edit.graph:
            arguments += ["-stream_loop", "-1", "-t", "60", "-i", str(other)]
        arguments += ["-filter_complex", edit.graph, "-map", "[v]"]
    elif edit.chain:
        arguments += ["-vf", edit.chain]
    return run_ffmpeg([*arguments, *_codec(edit.crf, 100), str(target)])


def _codec(crf: int, gop: int) -> list[str]:
    return [
        "-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-crf", str(crf), "-g", str(gop),
        "-pix_fmt", "yuv420p", "-an",
    ]  # fmt: skip


def run_ffmpeg(arguments: Sequence[str]) -> bool:
    """Run ffmpeg; tell whether it wrote what it was asked for."""
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1", *arguments],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0
