"""`python -m tests.reference FIRST:LAST`: compare core and the model on the seeds from FIRST to just before LAST."""

import sys

from tests.reference.comparing import difference


def main(arguments: list[str]) -> int:
    """Run the seeds and print every difference. The exit status is 1 if there is one."""
    first, _, last = (arguments or ["0:1000"])[0].partition(":")
    seeds = range(int(first), int(last or int(first) + 1))
    found = 0
    for seed in seeds:
        if told := difference(seed):
            found += 1
            print(told, flush=True)
    print(f"{len(seeds)} seeds, {found} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
