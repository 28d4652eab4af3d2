"""`lapse record`: plays a script of keys, captions and pauses in the dashboard, and saves a picture or a movie."""

from argparse import Namespace, RawDescriptionHelpFormatter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.plain.parsing import Parser
from tui.text.output import say

_SCRIPT_HELP: Final = """\
The file extension selects the format: .gif and .cast (asciicast, version 2) are movies,
.svg and .png show the last screen. Time is scripted: a minute takes a few seconds to
record, and the same script gives the same file on every machine.

A script is a TOML file. Every line of its head is optional:

  title = "Ten days"         # in the window's title bar
  fleet = "fleet.json"       # JSON or CSV, relative to the script; else the sample fleet
  start = "9d"               # the clock is moved here first: a date, or a duration
  size  = "100x30"           # columns x rows; else 120x40
  theme = "lapse-light"      # else lapse-dark

Then come the steps, one table each, with any of these keys. They are done in this order:

  [[step]]
  caption = "Nobody acts."   # a line below the dashboard, until the next; "" removes it
  keys    = "right right"    # keys separated by spaces: r / enter esc shift+right ctrl+d
  type    = "plant-07"       # a text to type, instead of keys
  repeat  = 3                # how often the keys are pressed, or the text is typed
  gap     = 0.5              # seconds after each key
  play    = "10d"            # how far the clock plays, unless the dashboard pauses it
  pause   = 1.5              # seconds in which nothing is pressed
  hidden  = true             # do the step without recording it

A caption must fit on one line below the dashboard. The scripts of the README's own
pictures are in data/scenarios/.
"""


@dataclass(frozen=True)
class Record:
    """`lapse record SCRIPT -o FILE`."""

    args: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Record":
        """Parse the command's arguments. Raises BadInput."""
        parser = Parser("record", "Play a script in the dashboard, and save it as a picture or a movie.")
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = _SCRIPT_HELP
        parser.add_argument("script", type=Path, metavar="SCRIPT", help="TOML file with keys, captions and pauses")
        parser.add_argument(
            "-o", dest="files", type=Path, metavar="FILE", action="append", required=True,
            help="what to write; repeat it for another format",
        )  # fmt: skip
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Play the script and write the files.

        Raises BadInput, before anything is written unless a file itself can't be written.
        """
        from tui.recording.environment import bare_environment

        with bare_environment():
            from tui.recording.script import SECOND, load_script
            from tui.recording.stage import record
            from tui.recording.writing import check_target, write

            for file in self.args.files:
                check_target(file)
            recording = record(load_script(self.args.script))
            for file in self.args.files:
                write(recording, file)
                seconds, frames = recording.length / SECOND, len(recording.frames)
                still = file.suffix.lower() in (".svg", ".png")
                say(
                    f"{file}: {recording.columns}x{recording.rows}"
                    + ("" if still else f", {seconds:g} s, {frames} frames")
                )
        return 0
