"""`lapse record`: a script of keys, captions and pauses played through the dashboard, kept as a picture or a movie."""

from argparse import Namespace, RawDescriptionHelpFormatter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.plain.parsing import Parser
from tui.text.output import say

_FORM: Final = """\
The ending of FILE says what is made: .gif and .cast (asciicast, version 2) are movies,
.svg and .png show the last screen. Nothing waits: a minute takes a few seconds, and the
same script gives the same file, wherever it is run.

A script is a TOML file. All of its head may be left out:

  title = "Ten days"         # in the window's bar
  fleet = "fleet.json"       # JSON or CSV, beside the script; else the sample fleet
  start = "9d"               # where the clock is moved first: a date, or a duration
  size  = "100x30"           # columns x rows; else 120x40
  theme = "lapse-light"      # else lapse-dark

Then its steps, one table each, with any of these, done in this order:

  [[step]]
  caption = "Nobody acts."   # a line below the dashboard, until the next; "" ends it
  keys    = "right right"    # keys with blanks between: r / enter esc shift+right ctrl+d
  type    = "plant-07"       # a text to type, instead of keys
  repeat  = 3                # how often the keys are pressed, or the text typed
  gap     = 0.5              # seconds after each key
  play    = "10d"            # how long the clock plays, unless the dashboard pauses it
  pause   = 1.5              # seconds in which nothing is pressed
  hidden  = true             # done before the next step begins, and not recorded

Captions are at most as long as one line below the dashboard. The scripts of the
README's own pictures are in data/scenarios/.
"""


@dataclass(frozen=True)
class Record:
    """`lapse record SCRIPT -o FILE`."""

    asked: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Record":
        """Read the command's arguments."""
        parser = Parser("record", "Play a script through the dashboard, and keep it as a picture or a movie.")
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = _FORM
        parser.add_argument("script", type=Path, metavar="SCRIPT", help="what is pressed and shown, TOML")
        parser.add_argument(
            "-o", dest="files", type=Path, metavar="FILE", action="append", required=True,
            help="what to write; repeat it for another format",
        )  # fmt: skip
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Play the script and write the files. Raises BadInput before anything is written, but for a full disk."""
        from tui.recording.environment import bare_environment

        with bare_environment():
            from tui.recording.script import SECOND, load_script
            from tui.recording.stage import record
            from tui.recording.writing import check_target, write

            for file in self.asked.files:
                check_target(file)
            recording = record(load_script(self.asked.script))
            for file in self.asked.files:
                write(recording, file)
                seconds, frames = recording.length / SECOND, len(recording.frames)
                still = file.suffix.lower() in (".svg", ".png")
                say(
                    f"{file}: {recording.columns}x{recording.rows}"
                    + ("" if still else f", {seconds:g} s, {frames} frames")
                )
        return 0
