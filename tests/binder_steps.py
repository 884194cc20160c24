"""What repo2docker does with binder/, in a new environment, and then a notebook run there.

Run as `python -m tests.binder_steps NOTEBOOK` in the top folder of a checkout. As in repo2docker, an editable
requirement (-e .) is installed by an ordinary user after the whole checkout was copied, in its top folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from tests.notebooks.pool import NBVAL


def main(notebook: str) -> int:
    """The exit status of the run."""
    environment = Path.home() / "binder"
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    os.environ.pop("PYTHONPATH")  # helpers must come from what was installed
    os.environ["PATH"] = os.pathsep.join([str(environment / "bin"), os.environ["PATH"]])
    install = [python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "-r", "binder/requirements.txt"]
    install.append("--no-compile")  # most of it is never imported here
    subprocess.run(install, check=True)
    post_build = Path("binder/postBuild")
    if post_build.exists():
        subprocess.run([post_build.resolve()], check=True)
    return subprocess.run([*NBVAL, notebook]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
